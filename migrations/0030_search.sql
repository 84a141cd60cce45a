-- Finding products by part of their number, and hints that say what happened to an order: it is new, it changed, it was
-- written about.
SET ROLE techally_owner;

-- safe: the scan holds up writing to the catalog for about four seconds for a million products; nobody waits to read
CREATE INDEX products_sku_part_idx ON products USING gin (sku gin_trgm_ops);
COMMENT ON INDEX products_sku_part_idx IS 'Finds products by part of their SKU';
-- safe: as above
CREATE INDEX product_variants_sku_part_idx ON product_variants USING gin (sku gin_trgm_ops);
COMMENT ON INDEX product_variants_sku_part_idx IS 'Finds variants by part of their SKU';

-- A fourth word for those who know it; servers of the version before read three and leave the rest.
CREATE OR REPLACE FUNCTION hint_of_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_order text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM pg_notify('techally_live', concat_ws(' ', 'order', the_order, COALESCE(NULLIF(current_setting('app.current_user_id', true), ''), '-'),
        CASE WHEN TG_TABLE_NAME LIKE 'order\_notes%' THEN 'note' WHEN TG_ARGV[0] = 'id' AND TG_OP = 'INSERT' THEN 'new' END));
    RETURN NULL;
END $$;

RESET ROLE;
