-- Months of partitions: 30 back for imported and demo orders, 12 ahead. With them there is room for audit rows, so that
-- the tables that rule the others come under audit too.
SET ROLE techally_owner;
SELECT ensure_partitions_between(((now() AT TIME ZONE 'UTC') - interval '30 months')::date, ((now() AT TIME ZONE 'UTC') + interval '12 months')::date);
SELECT audit_table('partitioned_tables', 'table_name');
SELECT audit_table('audit_columns', 'table_name,column_name');
SELECT audit_table('audit_exemptions', 'table_name,operation');
SELECT audit_table('order_status', 'code');
SELECT audit_table('order_transitions', 'from_status,to_status');
RESET ROLE;
