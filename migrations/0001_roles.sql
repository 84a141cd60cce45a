-- Roles and extensions. Roles belong to the whole cluster, so their creation is guarded, also against a twin.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['techally_owner', 'techally_audit', 'techally_app', 'techally_readonly', 'techally_admin'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;

COMMENT ON ROLE techally_owner IS 'Owns everything but the audit trail, signs in nowhere';
COMMENT ON ROLE techally_audit IS 'Owns the audit trail, signs in nowhere and has no members: who owns the rest can''t switch its guards off';
COMMENT ON ROLE techally_app IS 'The storefront: sees and touches its own customer''s rows only';
COMMENT ON ROLE techally_readonly IS 'Reports and replicas: masked views';
COMMENT ON ROLE techally_admin IS 'Staff work: what the logins of the back office are members of';

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_stat_statements is not available: %', SQLERRM;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO techally_owner, techally_audit;
GRANT USAGE ON SCHEMA public TO techally_app, techally_readonly, techally_admin;
-- every function of ours is granted by name
ALTER DEFAULT PRIVILEGES FOR ROLE techally_owner, techally_audit REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- what others ask the database is the operators' to see
DO $$
BEGIN
    IF to_regclass('pg_stat_statements') IS NOT NULL THEN
        REVOKE ALL ON pg_stat_statements, pg_stat_statements_info FROM PUBLIC;
        GRANT SELECT ON pg_stat_statements, pg_stat_statements_info TO techally_admin;
    END IF;
END $$;
