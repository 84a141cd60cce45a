-- Months of partitions: 30 back for imported and demo orders, 12 ahead.
SET ROLE techally_owner;
SELECT ensure_partitions_between(((now() AT TIME ZONE 'UTC') - interval '30 months')::date, ((now() AT TIME ZONE 'UTC') + interval '12 months')::date);
RESET ROLE;
