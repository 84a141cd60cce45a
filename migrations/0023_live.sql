-- Hints of what changed, for pages that are open: which row, never what is in it.
SET ROLE techally_owner;

CREATE FUNCTION hint_of_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_order text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM pg_notify('techally_live', concat_ws(' ', 'order', the_order, COALESCE(NULLIF(current_setting('app.current_user_id', true), ''), '-')));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION hint_of_order() IS 'AFTER trigger: tells open pages that an order changed and who did it; argument: the column with its id';
CREATE TRIGGER hint_of_order AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION hint_of_order('id');
CREATE TRIGGER hint_of_order AFTER INSERT OR UPDATE ON order_notes FOR EACH ROW EXECUTE FUNCTION hint_of_order('order_id');
CREATE TRIGGER hint_of_order AFTER UPDATE ON order_shipping FOR EACH ROW EXECUTE FUNCTION hint_of_order('order_id');

CREATE FUNCTION hint_of_inbox() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_notify('techally_live', concat_ws(' ', 'inbox', NEW.user_id, '-'));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION hint_of_inbox() IS 'AFTER trigger: tells a person''s open pages that the inbox changed';
CREATE TRIGGER hint_of_inbox AFTER INSERT OR UPDATE ON inbox_items FOR EACH ROW EXECUTE FUNCTION hint_of_inbox();

RESET ROLE;
