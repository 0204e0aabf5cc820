/* ---
id: ZT35
name_zh: 在线消费纠纷解决(ODR)专题库
name_en: Online dispute resolution
domain: 维权
description: >-
  Disputes settled between consumer and firm on the platform itself.
grain: case
keys: [src_system, src_pk]
sensitivity: L2
freshness_days: 1
sources: [S-12315]
inputs: [odr_case]
record: o
spine: odr_case
columns:
  case_no: {type: VARCHAR, name_zh: 编号, level: L2}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  accept_date: {type: DATE, name_zh: 受理日期, level: L2}
  settle_date: {type: DATE, name_zh: 和解日期, level: L2}
  is_settled: {type: SMALLINT, name_zh: 是否和解, level: L2}
  days: {type: BIGINT, name_zh: 办理天数, level: L2}
  recovered_yuan: {type: "DECIMAL(18,2)", name_zh: 挽回损失(元), level: L3}
checks:
  - {id: dates, rule: "settle_date is null or accept_date <= settle_date", action: flag, reason: 和解早于受理}
--- */
select o.case_no, o.ent_id, o.accept_date, o.settle_date, o.is_settled, date_diff('day', o.accept_date, o.settle_date) as days, o.recovered_yuan from odr_case o
