/* ---
id: ZT05
name_zh: 个体工商户专题库
name_en: Self-employed
domain: 主体
description: >-
  Self-employed businesses with their operator, form and trade. The class of the policy of support by type
  (生存、成长、发展) and the mark of the well-known, special, excellent and new ones are not delivered by any source
  yet; NULL until one does.
grain: self-employed business
keys: [ent_id]
sensitivity: L3
freshness_days: 1
sources: [S-REG]
inputs: [zt01]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ent_name: {type: VARCHAR, name_zh: 名称, level: L1}
  operator_pid: {type: VARCHAR, name_zh: 经营者标识, level: L4}
  comp_form: {type: VARCHAR, name_zh: 组成形式, level: L1, description: "P personal, F family, NULL unknown"}
  reg_state: {type: VARCHAR, name_zh: 登记状态, level: L1, codes: reg_state}
  est_date: {type: DATE, name_zh: 成立日期, level: L1}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  industry_code: {type: VARCHAR, name_zh: 行业代码, level: L1}
  has_online_shop: {type: SMALLINT, name_zh: 是否有网店}
  is_famous_special: {type: SMALLINT, name_zh: 是否名特优新, level: L1}
  type_class: {type: VARCHAR, name_zh: 分型, level: L1}
  last_activity_date: {type: DATE, name_zh: 最近活动日期}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
--- */
select z.ent_id, z.ent_name, z.lr_token as operator_pid,
       case z.ent_type when '9500' then 'P' when '9501' then 'P' when '9502' then 'F' end as comp_form,
       z.reg_state, z.est_date, z.exit_date, z.industry_code, z.has_online_shop, cast(null as smallint) as is_famous_special,
       cast(null as varchar) as type_class, z.last_activity_date, z.region_code
from zt01 z where z.ent_category = '4'
