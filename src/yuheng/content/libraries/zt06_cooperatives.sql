/* ---
id: ZT06
name_zh: 农民专业合作社专题库
name_en: Cooperatives
domain: 主体
description: >-
  Farmers' cooperatives with the members in force on the day and what they pledged.
grain: cooperative
keys: [ent_id]
sensitivity: L2
freshness_days: 1
sources: [S-REG]
inputs: [ent_investor, zt01]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ent_name: {type: VARCHAR, name_zh: 名称, level: L1}
  reg_state: {type: VARCHAR, name_zh: 登记状态, level: L1, codes: reg_state}
  est_date: {type: DATE, name_zh: 成立日期, level: L1}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  industry_code: {type: VARCHAR, name_zh: 行业代码, level: L1}
  member_cnt: {type: BIGINT, name_zh: 成员数, level: L1}
  contribution_wan: {type: "DECIMAL(18,6)", name_zh: 出资总额(万元), level: L1}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
checks:
  - {id: members, rule: "member_cnt >= 5 or member_cnt = 0", action: flag, reason: 成员不足五名（农民专业合作社法第十二条）}
--- */
with m as (
  select ent_id, count(*) as member_cnt, cast(sum(coalesce(sub_am_wan, 0)) as decimal(18, 6)) as contribution_wan from ent_investor
  where ent_id is not null and coalesce(out_date, date '9999-12-31') > :as_of group by ent_id)
select z.ent_id, z.ent_name, z.reg_state, z.est_date, z.exit_date, z.industry_code, coalesce(m.member_cnt, 0) as member_cnt,
       coalesce(m.contribution_wan, z.reg_cap_wan) as contribution_wan, z.region_code
from zt01 z left join m on m.ent_id = z.ent_id where z.ent_category = '5'
