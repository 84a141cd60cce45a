-- What the shop sells.
SET ROLE techally_owner;

CREATE TABLE brands (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL,
    slug varchar(100) NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    description text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
-- a deleted brand gives its name back (docs/decisions/0010)
CREATE UNIQUE INDEX brands_name_key ON brands (name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX brands_slug_key ON brands (slug) WHERE deleted_at IS NULL;
COMMENT ON TABLE brands IS 'Makers of products';
CREATE TRIGGER touch_row BEFORE UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('brands', 'id');

CREATE TABLE categories (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    parent_id uuid REFERENCES categories (id),
    name varchar(100) NOT NULL,
    slug varchar(100) NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    path text NOT NULL DEFAULT '',
    position int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CHECK (parent_id <> id)
);
CREATE UNIQUE INDEX categories_slug_key ON categories (slug) WHERE deleted_at IS NULL;
CREATE INDEX categories_parent_idx ON categories (parent_id, position);
COMMENT ON TABLE categories IS 'The tree of categories';
COMMENT ON COLUMN categories.path IS 'Slugs from the root: computers/laptops; kept by trigger';
CREATE FUNCTION categories_path() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    above text;
BEGIN
    IF NEW.parent_id IS NULL THEN
        NEW.path := NEW.slug;
    ELSE
        SELECT path INTO above FROM categories WHERE id = NEW.parent_id;
        IF '/' || above || '/' LIKE '%/' || OLD.slug || '/%' AND TG_OP = 'UPDATE' THEN
            RAISE EXCEPTION 'a category can''t be below itself' USING ERRCODE = 'check_violation';
        END IF;
        NEW.path := above || '/' || NEW.slug;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION categories_path() IS 'BEFORE trigger: a category''s path follows from its parent''s; refuses a circle';
CREATE TRIGGER categories_path BEFORE INSERT OR UPDATE OF slug, parent_id ON categories FOR EACH ROW EXECUTE FUNCTION categories_path();
CREATE TRIGGER touch_row BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('categories', 'id');

CREATE TABLE products (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sku varchar(100) NOT NULL UNIQUE,
    name varchar(255) NOT NULL,
    slug varchar(255) NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    description text NOT NULL DEFAULT '',
    category_id uuid NOT NULL REFERENCES categories (id),
    brand_id uuid NOT NULL REFERENCES brands (id),
    base_price decimal(10, 2) NOT NULL CHECK (base_price >= 0),
    currency char(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    tax_rate numeric(5, 2) NOT NULL DEFAULT 19 CHECK (tax_rate BETWEEN 0 AND 100),
    is_published boolean NOT NULL DEFAULT false,
    search_vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english'::regconfig, name), 'A') || setweight(to_tsvector('simple'::regconfig, sku), 'A')
        || setweight(to_tsvector('english'::regconfig, description), 'B')) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
CREATE INDEX products_search_idx ON products USING gin (search_vector);
CREATE INDEX products_category_idx ON products (category_id, is_published);
CREATE INDEX products_brand_idx ON products (brand_id);
CREATE INDEX products_price_idx ON products (base_price);
CREATE INDEX products_name_trgm_idx ON products USING gin (name gin_trgm_ops);
COMMENT ON TABLE products IS 'What is sold; a product with variants is sold as its variants';
COMMENT ON COLUMN products.base_price IS 'Price with VAT, in currency';
COMMENT ON COLUMN products.tax_rate IS 'Per cent of VAT inside the price';
CREATE TRIGGER touch_row BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('products', 'search_vector', 'ignored');
SELECT audit_table('products', 'id');

CREATE TABLE product_variants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    sku varchar(100) NOT NULL UNIQUE,
    name varchar(255) NOT NULL,
    price decimal(10, 2) NOT NULL CHECK (price >= 0),
    position int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    UNIQUE (product_id, id)
);
CREATE INDEX product_variants_product_idx ON product_variants (product_id, position);
COMMENT ON TABLE product_variants IS 'Forms of a product that are sold and stocked by themselves';
CREATE TRIGGER touch_row BEFORE UPDATE ON product_variants FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('product_variants', 'id');

CREATE TABLE variant_attributes (
    variant_id uuid NOT NULL REFERENCES product_variants (id) ON DELETE CASCADE,
    name varchar(100) NOT NULL,
    value varchar(255) NOT NULL,
    position int NOT NULL DEFAULT 0,
    PRIMARY KEY (variant_id, name)
);
COMMENT ON TABLE variant_attributes IS 'What tells variants apart: colour, memory, layout';
SELECT audit_table('variant_attributes', 'variant_id,name');

CREATE TABLE product_images (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    url text NOT NULL,
    alt text NOT NULL DEFAULT '',
    position int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX product_images_product_idx ON product_images (product_id, position);
COMMENT ON TABLE product_images IS 'Pictures of a product, in order';
SELECT audit_table('product_images', 'id');

CREATE TABLE product_specifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    name varchar(100) NOT NULL,
    value varchar(500) NOT NULL,
    position int NOT NULL DEFAULT 0,
    UNIQUE (product_id, name)
);
COMMENT ON TABLE product_specifications IS 'Technical data of a product';
SELECT audit_table('product_specifications', 'id');

CREATE TABLE price_history (
    id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES products (id),
    variant_id uuid REFERENCES product_variants (id),
    price decimal(10, 2) NOT NULL CHECK (price >= 0),
    currency char(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
    changed_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT price_history_no_overlap EXCLUDE USING gist (
        product_id WITH =,
        COALESCE(variant_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =,
        valid WITH &&
    )
);
CREATE INDEX price_history_product_idx ON price_history (product_id, variant_id);
CREATE INDEX price_history_variant_idx ON price_history (variant_id) WHERE variant_id IS NOT NULL;
COMMENT ON TABLE price_history IS 'Which price was valid when; periods of an article never overlap (GiST). Not partitioned: a partitioned table can''t have that constraint in PostgreSQL 15';
SELECT audit_table('price_history', 'id');
CREATE FUNCTION price_history_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    article uuid := CASE TG_TABLE_NAME WHEN 'products' THEN (to_jsonb(NEW) ->> 'id')::uuid ELSE (to_jsonb(NEW) ->> 'product_id')::uuid END;
    variant uuid := CASE TG_TABLE_NAME WHEN 'products' THEN NULL ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
    new_price numeric := COALESCE(to_jsonb(NEW) ->> 'base_price', to_jsonb(NEW) ->> 'price')::numeric;
BEGIN
    -- a price that is changed twice in one transaction was never valid: only the last counts
    DELETE FROM price_history h WHERE h.product_id = article AND h.variant_id IS NOT DISTINCT FROM variant AND lower(h.valid) = now();
    UPDATE price_history h SET valid = tstzrange(lower(h.valid), now())
    WHERE h.product_id = article AND h.variant_id IS NOT DISTINCT FROM variant AND upper_inf(h.valid);
    INSERT INTO price_history (product_id, variant_id, price, valid, changed_by)
    VALUES (article, variant, new_price, tstzrange(now(), NULL), NULLIF(current_setting('app.current_user_id', true), '')::uuid);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION price_history_keep() IS 'AFTER trigger of products and product_variants: closes the old price''s period and opens the new one';
CREATE TRIGGER price_history_new AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION price_history_keep();
CREATE TRIGGER price_history_change AFTER UPDATE OF base_price ON products FOR EACH ROW WHEN (OLD.base_price <> NEW.base_price) EXECUTE FUNCTION price_history_keep();
CREATE TRIGGER price_history_new AFTER INSERT ON product_variants FOR EACH ROW EXECUTE FUNCTION price_history_keep();
CREATE TRIGGER price_history_change AFTER UPDATE OF price ON product_variants FOR EACH ROW WHEN (OLD.price <> NEW.price) EXECUTE FUNCTION price_history_keep();

RESET ROLE;
