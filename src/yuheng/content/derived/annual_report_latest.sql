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
with newest as (
  select ent_id, max(report_year) as report_year from ent_annual_report
  where ent_id is not null and reported_at <= :as_of and report_year is not null group by ent_id),
-- of the newest year and the one before: the newest version of each
v as (
  select e.ent_id, e.report_year, n.report_year as newest_year, e.version_no, e.reported_at, e.all_zero, e.asset_wan, e.liab_wan, e.equity_wan,
         e.revenue_wan, e.prev_revenue_wan, e.net_profit_wan, e.guarantee_wan
  from ent_annual_report e join newest n on n.ent_id = e.ent_id
  where e.reported_at <= :as_of and e.report_year >= n.report_year - 1
  qualify row_number() over (partition by e.ent_id, e.report_year order by e.version_no desc, e.reported_at desc, e.source_key) = 1),
due as (select ent_id, max(report_year) as newest_due_year from annual_report_duty group by ent_id)
select v.ent_id, cast(v.report_year as integer) as report_year, cast(v.version_no as integer) as version_no, v.reported_at,
       cast(v.all_zero as smallint) as all_zero, v.asset_wan, v.liab_wan, v.equity_wan, v.revenue_wan,
       coalesce(v.prev_revenue_wan, p.revenue_wan) as prev_revenue_wan, v.net_profit_wan, v.guarantee_wan,
       cast(due.newest_due_year as integer) as newest_due_year
from v
left join v p on p.ent_id = v.ent_id and p.report_year = v.newest_year - 1 and p.report_year >= year(:as_of) - 4
left join due on due.ent_id = v.ent_id
where v.report_year = v.newest_year
