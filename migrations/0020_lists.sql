-- What the list of orders needs: tags, two more sorts, views that people save.
SET ROLE techally_owner;

CREATE FUNCTION are_tags(tags text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN cardinality(tags) <= 20 AND NOT EXISTS (
        SELECT 1 FROM unnest(tags) AS t (tag)
        WHERE tag IS NULL OR length(tag) NOT BETWEEN 1 AND 30 OR tag <> lower(btrim(tag)) OR tag ~ '[,;<>"\\]');
COMMENT ON FUNCTION are_tags(text[]) IS 'Whether these can be the tags of a row: at most 20, small letters, 30 at most each';

-- whoever writes an order checks its tags
GRANT EXECUTE ON FUNCTION are_tags(text[]) TO techally_admin, techally_app;

ALTER TABLE orders ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE orders ADD CONSTRAINT chk_order_tags CHECK (are_tags(tags)) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT chk_order_tags;
COMMENT ON COLUMN orders.tags IS 'Words that staff put on an order to find it by';
CREATE INDEX orders_tags_idx ON orders USING gin (tags) WHERE tags <> '{}';
CREATE INDEX orders_updated_idx ON orders (updated_at, id);
CREATE INDEX orders_total_idx ON orders (grand_total, id);

CREATE TABLE saved_views (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    list text NOT NULL CHECK (list ~ '^[a-z_]{1,30}$'),
    owner_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60 AND name = btrim(name)),
    query text NOT NULL CHECK (length(query) <= 2000),
    audience text NOT NULL DEFAULT 'own' CHECK (audience IN ('own', 'team')),
    default_of text CHECK (default_of IN ('support', 'moderator', 'warehouse_manager', 'admin', 'super_admin')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_view_default CHECK (default_of IS NULL OR audience = 'team')
);
CREATE UNIQUE INDEX saved_views_name_idx ON saved_views (owner_id, list, lower(name)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX saved_views_default_idx ON saved_views (list, default_of) WHERE deleted_at IS NULL AND default_of IS NOT NULL;
CREATE INDEX saved_views_list_idx ON saved_views (list) WHERE deleted_at IS NULL AND audience = 'team';
COMMENT ON TABLE saved_views IS 'Filters, columns and sort of a list under a name: a person''s own, or the team''s; one may be what a role sees first';
COMMENT ON COLUMN saved_views.query IS 'As in the address, without a page''s cursor';
COMMENT ON COLUMN saved_views.default_of IS 'Role whose people see this view when they open the list without asking for anything';
CREATE TRIGGER touch_row BEFORE UPDATE ON saved_views FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('saved_views', 'id');

CREATE TABLE saved_view_pins (
    user_id uuid NOT NULL REFERENCES users (id),
    view_id uuid NOT NULL REFERENCES saved_views (id) ON DELETE CASCADE,
    position int NOT NULL,
    PRIMARY KEY (user_id, view_id)
);
CREATE INDEX saved_view_pins_view_idx ON saved_view_pins (view_id);
COMMENT ON TABLE saved_view_pins IS 'Views that a person has in the navigation, in their own order';
SELECT audit_table('saved_view_pins', 'user_id,view_id');

GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views, saved_view_pins TO techally_admin;
ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON saved_views FOR ALL TO techally_admin USING (true) WITH CHECK (true);
ALTER TABLE saved_view_pins ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON saved_view_pins FOR ALL TO techally_admin USING (true) WITH CHECK (true);

RESET ROLE;
