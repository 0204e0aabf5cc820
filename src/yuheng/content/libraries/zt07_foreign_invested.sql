/* ---
id: ZT07
name_zh: 外资企业专题库
name_en: Foreign-invested
domain: 主体
description: >-
  Foreign-invested enterprises with the origin of the capital and what was invested, from the reports to the
  commerce department; where it has none, from the type code (5xxx foreign, 6xxx Hong Kong, Macao and Taiwan)
  and a capital in dollars.
grain: foreign-invested enterprise
keys: [ent_id]
sensitivity: L2
freshness_days: 1
sources: [S-REG, S-MOFCOM]
inputs: [foreign_investment, zt01]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  ent_name: {type: VARCHAR, name_zh: 名称, level: L1}
  country: {type: VARCHAR, name_zh: 资本来源, level: L1, description: "of the largest investor reported; else FOREIGN or HMT (Hong Kong, Macao, Taiwan)"}
  investor_cnt: {type: BIGINT, name_zh: 外国投资者数, level: L1}
  reg_state: {type: VARCHAR, name_zh: 登记状态, level: L1, codes: reg_state}
  est_date: {type: DATE, name_zh: 成立日期, level: L1}
  exit_date: {type: DATE, name_zh: 退出日期, level: L1}
  sector: {type: VARCHAR, name_zh: 行业门类, level: L1}
  industry_code: {type: VARCHAR, name_zh: 行业代码, level: L1}
  reg_cap_wan: {type: "DECIMAL(18,6)", name_zh: 注册资本(万元), level: L1}
  reg_cap_cur: {type: VARCHAR, name_zh: 币种, level: L1}
  fdi_usd_wan: {type: "DECIMAL(18,6)", name_zh: 外资额(万美元), level: L1}
  region_code: {type: VARCHAR, name_zh: 行政区划, level: L1}
--- */
with f as (
  select ent_id, count(*) as investor_cnt, cast(sum(fdi_usd_wan) as decimal(18, 6)) as fdi_usd_wan from foreign_investment where ent_id is not null group by ent_id),
t as (
  select ent_id, country from foreign_investment where ent_id is not null
  qualify row_number() over (partition by ent_id order by coalesce(fdi_usd_wan, 0) desc, report_date desc, source, source_key) = 1)
select z.ent_id, z.ent_name, coalesce(t.country, case substr(z.ent_type, 1, 1) when '5' then 'FOREIGN' when '6' then 'HMT' end) as country,
       coalesce(f.investor_cnt, 0) as investor_cnt, z.reg_state, z.est_date, z.exit_date, z.industry_sec as sector, z.industry_code, z.reg_cap_wan, z.reg_cap_cur,
       coalesce(f.fdi_usd_wan, case when z.reg_cap_cur in ('USD', '840') then z.reg_cap_wan end) as fdi_usd_wan, z.region_code
from zt01 z left join f on f.ent_id = z.ent_id left join t on t.ent_id = z.ent_id where z.ent_category = '3'
