-- Rows that change many times a minute: what is dead in them is to be cleared away long before a fifth of the table is.

alter table objects set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
alter table effects set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
