/* ---
id: ZT42
name_zh: 检验检测专题库
name_en: Inspection reports
domain: 特设
description: >-
  Reports of statutory inspection of special equipment, and whether each is the newest of its device.
grain: report
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-INSP]
inputs: [inspection_report]
record: i
spine: inspection_report
columns:
  report_no: {type: VARCHAR, name_zh: 报告编号, level: L1}
  reg_code: {type: VARCHAR, name_zh: 设备代码, level: L1}
  ent_id: {type: BIGINT, name_zh: 使用单位主体编号}
  kind: {type: VARCHAR, name_zh: 检验类别, level: L1, codes: report_kind}
  report_date: {type: DATE, name_zh: 检验日期, level: L1}
  org: {type: VARCHAR, name_zh: 检验机构, level: L1}
  conclusion: {type: VARCHAR, name_zh: 结论, level: L1, codes: report_conclusion}
  problems: {type: INTEGER, name_zh: 问题数, level: L1}
  next_date: {type: DATE, name_zh: 下次检验日期, level: L1}
  is_newest: {type: SMALLINT, name_zh: 是否最近一次, level: L1}
checks:
  - {id: next, rule: "next_date is null or next_date > report_date", action: flag, reason: 下次检验不晚于本次}
--- */
select i.report_no, i.reg_code, i.ent_id, i.report_kind as kind, i.report_date, i.org, i.conclusion, i.problems, i.next_date,
       cast(case when row_number() over (partition by i.reg_code order by i.report_date desc, i.known_from desc, i.source, i.source_key desc) = 1 then 1 else 0 end as smallint) as is_newest
from inspection_report i
