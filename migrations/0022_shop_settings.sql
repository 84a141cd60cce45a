-- What the shop says of itself: on invoices and packing slips.
SET ROLE techally_owner;

CREATE TABLE shop_settings (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    company text NOT NULL CHECK (length(company) BETWEEN 1 AND 200),
    street text NOT NULL DEFAULT '' CHECK (length(street) <= 200),
    postal_code text NOT NULL DEFAULT '' CHECK (length(postal_code) <= 20),
    city text NOT NULL DEFAULT '' CHECK (length(city) <= 100),
    country text NOT NULL DEFAULT '' CHECK (country ~ '^([A-Z]{2})?$'),
    vat_id text NOT NULL DEFAULT '' CHECK (length(vat_id) <= 30),
    register text NOT NULL DEFAULT '' CHECK (length(register) <= 200),
    email text NOT NULL DEFAULT '' CHECK (length(email) <= 255),
    phone text NOT NULL DEFAULT '' CHECK (length(phone) <= 30),
    iban text NOT NULL DEFAULT '' CHECK (length(iban) <= 42),
    bank text NOT NULL DEFAULT '' CHECK (length(bank) <= 100),
    paper text NOT NULL DEFAULT 'a4' CHECK (paper IN ('a4', 'letter')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1
);
COMMENT ON TABLE shop_settings IS 'The company on invoices and packing slips; one row';
COMMENT ON COLUMN shop_settings.paper IS 'Size of what is printed';
INSERT INTO shop_settings (company) VALUES ('TechAlly');
CREATE TRIGGER touch_row BEFORE UPDATE ON shop_settings FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('shop_settings', 'id');

GRANT SELECT ON shop_settings TO techally_admin;
GRANT UPDATE (company, street, postal_code, city, country, vat_id, register, email, phone, iban, bank, paper) ON shop_settings TO techally_admin;
ALTER TABLE shop_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON shop_settings FOR ALL TO techally_admin USING (true) WITH CHECK (true);

RESET ROLE;
