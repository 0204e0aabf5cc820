/* ---
id: ZT31
name_zh: 标准地址与一址多照专题库
name_en: Addresses
domain: 关联
description: >-
  Standardised addresses in use, with the firms at each. Coordinates are NULL until a gazetteer delivers them.
grain: address
keys: [addr_std_id]
sensitivity: L2
freshness_days: 1
sources: [S-GIS, S-REG]
inputs: [bad_entity, ent_base]
columns:
  addr_std_id: {type: BIGINT, name_zh: 标准地址编号}
  addr_text: {type: VARCHAR, name_zh: 规范地址, level: L1}
  lat: {type: DOUBLE, name_zh: 纬度}
  lon: {type: DOUBLE, name_zh: 经度}
  verify_level: {type: SMALLINT, name_zh: 核验等级, codes: addr_verify_level}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址, level: L1}
  ent_cnt: {type: BIGINT, name_zh: 登记户数}
  active_cnt: {type: BIGINT, name_zh: 在营户数}
  bad_cnt: {type: BIGINT, name_zh: 不良户数}
  new_90d: {type: BIGINT, name_zh: 近90日新设数}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
checks:
  - {id: counts, rule: "active_cnt <= ent_cnt", action: stop, reason: 在营多于登记}
--- */
select hash63(b.addr_key) as addr_std_id, max(substr(b.addr_key, 8)) as addr_text, cast(null as double) as lat, cast(null as double) as lon,
       min(b.addr_verify_level) as verify_level, max(b.is_cluster_reg) as is_cluster_reg, count(*) as ent_cnt,
       sum(case when b.reg_state = '1' then 1 else 0 end) as active_cnt, count(x.ent_id) as bad_cnt,
       sum(case when b.est_date > cast(:as_of - interval 90 day as date) then 1 else 0 end) as new_90d, max(b.region_code) as region_code
from ent_base b left join bad_entity x on x.ent_id = b.ent_id
where b.addr_key is not null group by b.addr_key
