-- People: customers and staff, and what belongs to them.
SET ROLE techally_owner;

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email varchar(255) UNIQUE NOT NULL,
    email_verified boolean NOT NULL DEFAULT false,
    password_hash varchar(255) NOT NULL,
    first_name varchar(100) NOT NULL,
    last_name varchar(100) NOT NULL,
    phone_number varchar(20),
    date_of_birth date,
    gender varchar(20),
    avatar_url text,
    role varchar(50) NOT NULL DEFAULT 'customer',
    status varchar(50) NOT NULL DEFAULT 'active',
    last_login_at timestamptz,
    failed_login_attempts int NOT NULL DEFAULT 0,
    locked_until timestamptz,
    mfa_enabled boolean NOT NULL DEFAULT false,
    mfa_secret varchar(255),
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_role CHECK (role IN ('customer', 'admin', 'super_admin', 'support', 'moderator', 'warehouse_manager')),
    CONSTRAINT chk_status CHECK (status IN ('active', 'inactive', 'suspended', 'deleted')),
    CONSTRAINT chk_email_lower CHECK (email = lower(email)),
    CONSTRAINT chk_deleted CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))
);
CREATE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_status ON users (status) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_staff ON users (role) WHERE role <> 'customer';
COMMENT ON TABLE users IS 'Customers and staff';
COMMENT ON COLUMN users.password_hash IS 'PHC string (argon2id), or a text that no password matches: guests, people invited';
COMMENT ON COLUMN users.mfa_secret IS 'AES-256-GCM under a key with an id; never in clear';
COMMENT ON COLUMN users.version IS 'Counts changes; an edit carries the version it was drawn from';
CREATE TRIGGER touch_row BEFORE UPDATE ON users FOR EACH ROW
    WHEN ((OLD.last_login_at, OLD.failed_login_attempts, OLD.locked_until) IS NOT DISTINCT FROM (NEW.last_login_at, NEW.failed_login_attempts, NEW.locked_until))
    EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES
    ('users', 'email', 'personal'), ('users', 'first_name', 'personal'), ('users', 'last_name', 'personal'),
    ('users', 'phone_number', 'personal'), ('users', 'date_of_birth', 'personal'), ('users', 'gender', 'personal'),
    ('users', 'avatar_url', 'personal'), ('users', 'password_hash', 'secret'), ('users', 'mfa_secret', 'secret'),
    ('users', 'last_login_at', 'ignored'), ('users', 'failed_login_attempts', 'ignored');
SELECT audit_table('users', 'id');

CREATE TABLE user_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    data jsonb NOT NULL DEFAULT '{}',
    ip inet,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX user_sessions_user_idx ON user_sessions (user_id, last_seen_at DESC);
CREATE INDEX user_sessions_expiry_idx ON user_sessions (expires_at);
COMMENT ON TABLE user_sessions IS 'Signed-in browsers; deleted 30 days after their end';
COMMENT ON COLUMN user_sessions.token_hash IS 'SHA-256 of the cookie''s 128 random bits; the bits themselves are nowhere';
COMMENT ON COLUMN user_sessions.data IS 'What a signed-in browser carries along: messages for its next page; not audited';
COMMENT ON COLUMN user_sessions.expires_at IS 'Absolute end, 12 hours after sign-in; 30 minutes without use end it too';
INSERT INTO audit_columns VALUES
    ('user_sessions', 'token_hash', 'secret'), ('user_sessions', 'ip', 'personal'), ('user_sessions', 'user_agent', 'personal'),
    ('user_sessions', 'data', 'ignored'), ('user_sessions', 'last_seen_at', 'ignored');
SELECT audit_table('user_sessions', 'id');

CREATE TABLE user_preferences (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    language text NOT NULL DEFAULT 'en',
    time_zone text NOT NULL DEFAULT 'Europe/Berlin',
    theme text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    density text NOT NULL DEFAULT 'compact' CHECK (density IN ('compact', 'relaxed')),
    notifications jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1
);
COMMENT ON TABLE user_preferences IS 'Settings of a person: language, IANA time zone, look, notifications';
CREATE TRIGGER touch_row BEFORE UPDATE ON user_preferences FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('user_preferences', 'user_id');

CREATE TABLE user_activity (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid REFERENCES users (id),
    action_type text NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    ip inet,
    user_agent text,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY ("timestamp", id)
) PARTITION BY RANGE ("timestamp");
CREATE INDEX user_activity_user_idx ON user_activity (user_id, "timestamp" DESC);
INSERT INTO partitioned_tables (table_name, kind) VALUES ('user_activity', 'time');
COMMENT ON TABLE user_activity IS 'What people did: sign-ins and failed ones, views, orders placed';
INSERT INTO audit_columns VALUES ('user_activity', 'ip', 'personal'), ('user_activity', 'user_agent', 'personal'), ('user_activity', 'details', 'personal');
INSERT INTO audit_exemptions VALUES ('user_activity', 'INSERT', 'A trail itself: who, what, when; changing or deleting its rows is audited');
SELECT audit_table('user_activity', 'id', 'UPDATE OR DELETE');

CREATE TABLE addresses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL DEFAULT 'home' CHECK (kind IN ('home', 'work', 'other')),
    recipient_name text NOT NULL CHECK (length(recipient_name) BETWEEN 1 AND 200),
    street text NOT NULL CHECK (length(street) BETWEEN 1 AND 200),
    street2 text,
    postal_code varchar(20) NOT NULL,
    city varchar(100) NOT NULL,
    region varchar(100),
    country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    phone varchar(20),
    is_default_shipping boolean NOT NULL DEFAULT false,
    is_default_billing boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
CREATE INDEX addresses_user_idx ON addresses (user_id);
CREATE UNIQUE INDEX addresses_one_default_shipping ON addresses (user_id) WHERE is_default_shipping AND deleted_at IS NULL;
CREATE UNIQUE INDEX addresses_one_default_billing ON addresses (user_id) WHERE is_default_billing AND deleted_at IS NULL;
COMMENT ON TABLE addresses IS 'Shipping and billing addresses of customers; orders keep copies';
CREATE TRIGGER touch_row BEFORE UPDATE ON addresses FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns SELECT 'addresses', c, 'personal'
    FROM unnest(ARRAY['recipient_name', 'street', 'street2', 'postal_code', 'city', 'region', 'phone']) AS c;
SELECT audit_table('addresses', 'id');

CREATE TABLE payment_methods (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    method text NOT NULL CHECK (method IN ('card', 'paypal', 'klarna', 'sepa')),
    card_brand text,
    card_last4 char(4) CHECK (card_last4 ~ '^[0-9]{4}$'),
    card_exp_month smallint CHECK (card_exp_month BETWEEN 1 AND 12),
    card_exp_year smallint CHECK (card_exp_year BETWEEN 2000 AND 2100),
    gateway_id text NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
CREATE INDEX payment_methods_user_idx ON payment_methods (user_id);
CREATE UNIQUE INDEX payment_methods_one_default ON payment_methods (user_id) WHERE is_default AND deleted_at IS NULL;
COMMENT ON TABLE payment_methods IS 'Saved ways to pay: brand, last four and expiry only, never a card number';
COMMENT ON COLUMN payment_methods.gateway_id IS 'The provider''s token, AES-256-GCM under a key with an id';
CREATE TRIGGER touch_row BEFORE UPDATE ON payment_methods FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('payment_methods', 'gateway_id', 'secret'), ('payment_methods', 'card_last4', 'personal');
SELECT audit_table('payment_methods', 'id');

RESET ROLE;
