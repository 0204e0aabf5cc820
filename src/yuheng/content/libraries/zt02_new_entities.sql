/* ---
id: ZT02
name_zh: 新设主体专题库
name_en: New entities
domain: 主体
description: >-
  Entities founded in the 730 days up to the day: who handled the registration, at which address, and whether
  the first year was survived (NULL while it runs).
grain: entity founded in two years
keys: [ent_id]
sensitivity: L2
freshness_days: 1
sources: [S-REG]
inputs: [ent_base, ent_liaison, ft_ent_contact, zt01]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  est_date: {type: DATE, name_zh: 成立日期, level: L1}
  ent_category: {type: VARCHAR, name_zh: 主体大类, level: L1, codes: ent_category}
  industry_sec: {type: VARCHAR, name_zh: 行业门类, level: L1}
  channel: {type: VARCHAR, name_zh: 设立渠道, description: "AGENT = a known agent handled it, SELF = somebody else did, NULL = not recorded"}
  agent_id: {type: VARCHAR, name_zh: 经办人标识, level: L4}
  addr_std_id: {type: BIGINT, name_zh: 标准地址编号}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址}
  first_year_alive: {type: SMALLINT, name_zh: 首年存活}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
--- */
with handled as (
  select ent_id, person_token from ent_liaison where ent_id is not null and role = 'AGENT'
  qualify row_number() over (partition by ent_id order by handled_date, source, source_key) = 1)
select z.ent_id, z.est_date, z.ent_category, z.industry_sec,
       case when h.ent_id is null then null when c.is_known_agent = 1 then 'AGENT' else 'SELF' end as channel,
       h.person_token as agent_id, z.addr_std_id, b.is_cluster_reg,
       cast(case when cast(z.est_date + interval 365 day as date) > :as_of then null
                 when z.exit_date < cast(z.est_date + interval 365 day as date) then 0 else 1 end as smallint) as first_year_alive,
       z.region_code
from zt01 z join ent_base b on b.ent_id = z.ent_id
left join handled h on h.ent_id = z.ent_id
left join ft_ent_contact c on c.ent_id = z.ent_id
where z.est_date > cast(:as_of - interval 730 day as date)
