/* ---
id: ZT12
name_zh: 资产状况专题库
name_en: Financial position
domain: 信用
description: >-
  Assets, liabilities, revenue and profit by reported year, the ratios read from them, and the growth against
  the year before.
grain: entity x report year
keys: [ent_id, report_year]
sensitivity: L3
freshness_days: 366
sources: [S-GSXT, S-TAX]
inputs: [ent_tax_status, zt11]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  report_year: {type: INTEGER, name_zh: 报告年度, level: L1}
  asset_wan: {type: "DECIMAL(18,6)", name_zh: 资产总额(万元), level: L3}
  liab_wan: {type: "DECIMAL(18,6)", name_zh: 负债总额(万元), level: L3}
  equity_wan: {type: "DECIMAL(18,6)", name_zh: 所有者权益(万元), level: L3}
  revenue_wan: {type: "DECIMAL(18,6)", name_zh: 营业总收入(万元), level: L3}
  profit_wan: {type: "DECIMAL(18,6)", name_zh: 净利润(万元), level: L3}
  guarantee_wan: {type: "DECIMAL(18,6)", name_zh: 对外担保(万元), level: L3}
  liab_ratio: {type: DOUBLE, name_zh: 资产负债率, level: L3}
  profit_ratio: {type: DOUBLE, name_zh: 净利率, level: L3}
  revenue_growth: {type: DOUBLE, name_zh: 收入增长率, level: L3}
  tax_arrears_wan: {type: "DECIMAL(18,6)", name_zh: 欠税(万元), level: L3, description: "the newest figure known on the day, on the newest year only"}
checks:
  - {id: assets, rule: "asset_wan is null or asset_wan >= 0", action: flag, reason: 资产为负}
--- */
with t as (
  select ent_id, arrears_wan from ent_tax_status where ent_id is not null
  qualify row_number() over (partition by ent_id order by as_of_date desc, known_from desc, source, source_key) = 1),
p as (
  select ent_id, report_year, asset_wan, liab_wan, equity_wan, revenue_wan, net_profit_wan, guarantee_wan,
         lag(revenue_wan) over (partition by ent_id order by report_year) as before_wan,
         lag(report_year) over (partition by ent_id order by report_year) as before_year,
         row_number() over (partition by ent_id order by report_year desc) as age
  from zt11 where coalesce(all_zero, 0) = 0)
select p.ent_id, p.report_year, p.asset_wan, p.liab_wan, p.equity_wan, p.revenue_wan, p.net_profit_wan as profit_wan, p.guarantee_wan,
       cast(p.liab_wan as double) / nullif(cast(p.asset_wan as double), 0) as liab_ratio,
       cast(p.net_profit_wan as double) / nullif(cast(p.revenue_wan as double), 0) as profit_ratio,
       case when p.before_year = p.report_year - 1
         then cast(p.revenue_wan as double) / nullif(cast(p.before_wan as double), 0) - 1 end as revenue_growth,
       case when p.age = 1 then t.arrears_wan end as tax_arrears_wan
from p left join t on t.ent_id = p.ent_id
