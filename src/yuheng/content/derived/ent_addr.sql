/* ---
name: ent_addr
name_zh: 主体标准地址
description: Standardised address of each firm with what the place-name and property base knows about it; an address the base does not know has level 2.
grain: firm
keys: [ent_id]
inputs: [ent_registration, addr_std]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  verify_level: {type: SMALLINT, name_zh: 核验等级}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址}
--- */
with a as (
  select region_code, addr_norm, min(verify_level) as verify_level,
         max(case when is_cluster_reg = 1 and coalesce(filed_to, date '9999-12-31') > :as_of then 1 else 0 end) as is_cluster_reg
  from addr_std where addr_norm is not null group by region_code, addr_norm),
-- few firms are registered twice: only their rows are ranked, and all but the first are left out
twice as (select ent_id from ent_registration where ent_id is not null group by ent_id having count(*) > 1),
late as (
  select e.ent_id, e.source, e.source_key from ent_registration e join twice t on t.ent_id = e.ent_id
  qualify row_number() over (partition by e.ent_id order by e.known_from desc, e.source desc, e.source_key) > 1)
select r.ent_id, cast(case when r.addr_norm is null then null else coalesce(a.verify_level, 2) end as smallint) as verify_level,
       cast(coalesce(a.is_cluster_reg, 0) as smallint) as is_cluster_reg
from ent_registration r
left join late l on l.ent_id = r.ent_id and l.source = r.source and l.source_key = r.source_key
left join a on a.region_code = r.region_code and a.addr_norm = r.addr_norm
where r.ent_id is not null and l.ent_id is null
