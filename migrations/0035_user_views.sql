-- Who looked at whom: opening a person's page is recorded beside what is changed there and what is revealed.
SET ROLE techally_owner;

CREATE TABLE user_views (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    actor_id uuid NOT NULL REFERENCES users (id),
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_views_user_idx ON user_views (user_id, created_at DESC);
CREATE INDEX user_views_actor_idx ON user_views (actor_id, created_at DESC);
COMMENT ON TABLE user_views IS 'Who opened the page of a person, and when; append-only. Opening it again within ten minutes is the same look';
COMMENT ON COLUMN user_views.user_id IS 'Whose page it was';
INSERT INTO audit_exemptions VALUES ('user_views', 'INSERT', 'A trail itself: who looked at whom and when; append-only');
SELECT append_only_table('user_views');
GRANT SELECT, INSERT ON user_views TO techally_admin;
ALTER TABLE user_views ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON user_views FOR ALL TO techally_admin USING (true) WITH CHECK (true);

RESET ROLE;
