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
  addr_key: {type: VARCHAR, name_zh: 地址键}
  verify_level: {type: SMALLINT, name_zh: 核验等级}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址}
--- */
with a as (
  select region_code, addr_norm, min(verify_level) as verify_level,
         max(case when is_cluster_reg = 1 and coalesce(filed_to, date '9999-12-31') > :as_of then 1 else 0 end) as is_cluster_reg
  from addr_std where addr_norm is not null group by region_code, addr_norm),
r as (
  select ent_id, region_code, addr_norm from ent_registration where ent_id is not null
  qualify row_number() over (partition by ent_id order by known_from desc, source desc, source_key) = 1)
select r.ent_id, case when r.addr_norm is not null and r.region_code is not null then concat(r.region_code, '|', r.addr_norm) end as addr_key,
       cast(case when r.addr_norm is null then null else coalesce(a.verify_level, 2) end as smallint) as verify_level,
       cast(coalesce(a.is_cluster_reg, 0) as smallint) as is_cluster_reg
from r left join a on a.region_code = r.region_code and a.addr_norm = r.addr_norm
