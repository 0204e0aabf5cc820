/* ---
id: ZT24
name_zh: 抵押出质专题库
name_en: Pledges
domain: 信用
description: >-
  Pledges of equity and of intellectual property, and mortgages of movables, with whether they stand on the day.
grain: registration
keys: [pledge_id]
sensitivity: L3
freshness_days: 1
sources: [S-PLEDGE]
inputs: [equity_pledge, ip_pledge, movable_mortgage]
record: e
spine: equity_pledge
columns:
  pledge_id: {type: VARCHAR, name_zh: 登记序号}
  kind: {type: VARCHAR, name_zh: 类型, level: L1, description: "EQUITY, IP, MOVABLE"}
  reg_no: {type: VARCHAR, name_zh: 登记编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  pledgor: {type: VARCHAR, name_zh: 出质人, level: L4}
  pledgee: {type: VARCHAR, name_zh: 权利人, level: L3}
  amount_wan: {type: "DECIMAL(18,6)", name_zh: 数额(万元), level: L1}
  ratio: {type: "DECIMAL(9,6)", name_zh: 占注册资本比例, level: L1}
  reg_date: {type: DATE, name_zh: 登记日期, level: L1}
  end_date: {type: DATE, name_zh: 注销日期, level: L1}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
checks:
  - {id: dates, rule: "end_date is null or reg_date <= end_date", action: flag, reason: 注销早于登记}
--- */
with e as (
  select concat('E|', source, '|', source_key) as pledge_id, 'EQUITY' as kind, reg_no, ent_id, pledgor, cast(null as varchar) as pledgee, amount_wan,
         pledge_ratio as ratio, reg_date, end_date, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from equity_pledge
  union all select concat('I|', source, '|', source_key), 'IP', reg_no, ent_id, cast(null as varchar), cast(null as varchar), cast(null as decimal(18, 6)),
         cast(null as decimal(9, 6)), reg_date, end_date, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from ip_pledge
  union all select concat('M|', source, '|', source_key), 'MOVABLE', reg_no, ent_id, cast(null as varchar), mortgagee, amount_wan,
         cast(null as decimal(9, 6)), reg_date, end_date, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from movable_mortgage)
select e.pledge_id, e.kind, e.reg_no, e.ent_id, e.pledgor, e.pledgee, e.amount_wan, e.ratio, e.reg_date, e.end_date,
       cast(case when coalesce(e.end_date, date '9999-12-31') > :as_of then 1 else 0 end as smallint) as in_force
from e
