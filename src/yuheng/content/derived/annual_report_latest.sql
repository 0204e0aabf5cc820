/* ---
name: annual_report_latest
name_zh: 最新年报
description: The newest report of each firm at D (newest version), beside the newest year that was due; a missing revenue of the year before is taken from that year's report.
grain: firm
keys: [ent_id]
inputs: [ent_annual_report, annual_report_duty]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  report_year: {type: INTEGER, name_zh: 年报年度}
  version_no: {type: INTEGER, name_zh: 版本}
  reported_at: {type: DATE, name_zh: 报送日}
  all_zero: {type: SMALLINT, name_zh: 财务全零}
  asset_wan: {type: "DECIMAL(18,6)", name_zh: 资产总额}
  liab_wan: {type: "DECIMAL(18,6)", name_zh: 负债总额}
  equity_wan: {type: "DECIMAL(18,6)", name_zh: 所有者权益}
  revenue_wan: {type: "DECIMAL(18,6)", name_zh: 营业总收入}
  prev_revenue_wan: {type: "DECIMAL(18,6)", name_zh: 上年营业总收入}
  net_profit_wan: {type: "DECIMAL(18,6)", name_zh: 净利润}
  guarantee_wan: {type: "DECIMAL(18,6)", name_zh: 对外担保}
  newest_due_year: {type: INTEGER, name_zh: 最近应报年度}
--- */
with v as (
  select ent_id, report_year, version_no, reported_at, all_zero, asset_wan, liab_wan, equity_wan, revenue_wan, prev_revenue_wan,
         net_profit_wan, guarantee_wan,
         row_number() over (partition by ent_id order by report_year desc, version_no desc, reported_at desc, source_key) as rn
  from ent_annual_report where ent_id is not null and reported_at <= :as_of and report_year is not null),
prev as (
  select ent_id, report_year, revenue_wan from ent_annual_report
  where ent_id is not null and reported_at <= :as_of and report_year >= year(:as_of) - 4
  qualify row_number() over (partition by ent_id, report_year order by version_no desc, reported_at desc, source_key) = 1),
due as (select ent_id, max(report_year) as newest_due_year from annual_report_duty group by ent_id)
select v.ent_id, cast(v.report_year as integer) as report_year, cast(v.version_no as integer) as version_no, v.reported_at,
       cast(v.all_zero as smallint) as all_zero, v.asset_wan, v.liab_wan, v.equity_wan, v.revenue_wan,
       coalesce(v.prev_revenue_wan, p.revenue_wan) as prev_revenue_wan, v.net_profit_wan, v.guarantee_wan,
       cast(due.newest_due_year as integer) as newest_due_year
from v
left join prev p on p.ent_id = v.ent_id and p.report_year = v.report_year - 1
left join due on due.ent_id = v.ent_id
where v.rn = 1
