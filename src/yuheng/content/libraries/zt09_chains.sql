/* ---
id: ZT09
name_zh: 产业链与新兴产业专题库
name_en: Chains and emerging industries
domain: 主体
description: >-
  Firms in the province's industrial chains, with the titles they hold on the day.
grain: entity x chain x node
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-REG, S-MINI, S-STI]
inputs: [ent_chain_node, ent_qualification]
record: c
spine: ent_chain_node
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  chain: {type: VARCHAR, name_zh: 产业链, level: L1}
  node: {type: VARCHAR, name_zh: 环节, level: L1}
  is_leader: {type: SMALLINT, name_zh: 是否链主, level: L1}
  in_date: {type: DATE, name_zh: 入链日期, level: L1}
  out_date: {type: DATE, name_zh: 退出日期, level: L1}
  is_srdi: {type: SMALLINT, name_zh: 是否专精特新, level: L1}
  is_giant: {type: SMALLINT, name_zh: 是否小巨人, level: L1}
  is_high_tech: {type: SMALLINT, name_zh: 是否高新技术企业, level: L1}
  is_current: {type: SMALLINT, name_zh: 当日是否在链, level: L1}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with q as (
  select ent_id, max(case when qual_kind in ('SRDI', 'SRDI_GIANT') then 1 else 0 end) as srdi, max(case when qual_kind = 'SRDI_GIANT' then 1 else 0 end) as giant,
         max(case when qual_kind = 'HIGH_TECH' then 1 else 0 end) as high_tech
  from ent_qualification
  where ent_id is not null and coalesce(valid_to, date '9999-12-31') >= :as_of and coalesce(end_date, date '9999-12-31') > :as_of group by ent_id)
select c.ent_id, c.chain, c.node, c.is_leader, c.in_date, c.out_date, cast(coalesce(q.srdi, 0) as smallint) as is_srdi,
       cast(coalesce(q.giant, 0) as smallint) as is_giant, cast(coalesce(q.high_tech, 0) as smallint) as is_high_tech,
       cast(case when coalesce(c.out_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as is_current
from ent_chain_node c left join q on q.ent_id = c.ent_id
