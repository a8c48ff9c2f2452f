-- Documents are looked up by kind and name many times a second, whether they are still declared or not: the index must hold
-- them all, or such a look reads the whole of another index, and its cost grows with the fleet.

create index documents_name on documents (kind, name);
drop index documents_kind;
