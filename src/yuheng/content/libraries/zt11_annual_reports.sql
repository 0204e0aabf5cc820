/* ---
id: ZT11
name_zh: 年报专题库
name_en: Annual reports
domain: 信用
description: >-
  The newest version of every annual report.
grain: entity x report year
keys: [ent_id, report_year]
sensitivity: L3
freshness_days: 1
sources: [S-GSXT]
inputs: [ent_annual_report]
record: a
spine: ent_annual_report
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  report_year: {type: INTEGER, name_zh: 报告年度, level: L1}
  submit_date: {type: DATE, name_zh: 报送日期, level: L1}
  first_submit_date: {type: DATE, name_zh: 首次报送日期, level: L1}
  version_no: {type: INTEGER, name_zh: 版次, level: L1}
  busst: {type: VARCHAR, name_zh: 营运状况, level: L1}
  all_zero: {type: SMALLINT, name_zh: 是否全为零}
  emp_num: {type: INTEGER, name_zh: 从业人数, level: L3}
  insured_cnt: {type: INTEGER, name_zh: 参保人数, level: L3}
  asset_wan: {type: "DECIMAL(18,6)", name_zh: 资产总额(万元), level: L3}
  liab_wan: {type: "DECIMAL(18,6)", name_zh: 负债总额(万元), level: L3}
  equity_wan: {type: "DECIMAL(18,6)", name_zh: 所有者权益(万元), level: L3}
  revenue_wan: {type: "DECIMAL(18,6)", name_zh: 营业总收入(万元), level: L3}
  net_profit_wan: {type: "DECIMAL(18,6)", name_zh: 净利润(万元), level: L3}
  guarantee_wan: {type: "DECIMAL(18,6)", name_zh: 对外担保(万元), level: L3}
checks:
  - {id: year, rule: "report_year >= 2013", action: flag, reason: 报告年度不合理}
  - {id: version, rule: "version_no >= 1", action: flag, reason: 版次不合理}
--- */
with a as (
  select * from ent_annual_report where ent_id is not null
  qualify row_number() over (partition by ent_id, report_year order by version_no desc, known_from desc, source, source_key) = 1),
f as (select ent_id, report_year, min(reported_at) as first_submit_date from ent_annual_report where ent_id is not null group by ent_id, report_year)
select a.ent_id, a.report_year, a.reported_at as submit_date, f.first_submit_date, a.version_no, a.busst, a.all_zero, a.emp_num, a.insured_cnt,
       a.asset_wan, a.liab_wan, a.equity_wan, a.revenue_wan, a.net_profit_wan, a.guarantee_wan
from a join f on f.ent_id = a.ent_id and f.report_year = a.report_year
