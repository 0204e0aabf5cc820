/* ---
id: ZT37
name_zh: 特种设备专题库
name_en: Special equipment
domain: 特设
description: >-
  Registered special equipment: kind, certificate, use unit, state, and whether its inspection is overdue on the
  day.
grain: device
keys: [reg_code]
sensitivity: L1
freshness_days: 1
sources: [S-EQUIP, S-INSP]
inputs: [equipment, inspection_report]
record: e
spine: equipment
columns:
  eq_code: {type: VARCHAR, name_zh: 设备代码, level: L1}
  reg_code: {type: VARCHAR, name_zh: 登记代码, level: L1}
  eq_kind: {type: VARCHAR, name_zh: 设备种类, level: L1, codes: equipment_kind}
  cert_no: {type: VARCHAR, name_zh: 使用登记证编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 使用单位主体编号}
  use_unit: {type: VARCHAR, name_zh: 使用单位, level: L1}
  use_unit_uscc: {type: VARCHAR, name_zh: 使用单位统一社会信用代码, level: L1}
  reg_date: {type: DATE, name_zh: 使用登记日期, level: L1}
  state: {type: VARCHAR, name_zh: 设备状态, level: L1, codes: equipment_state}
  last_report_date: {type: DATE, name_zh: 最近检验日期, level: L1}
  last_conclusion: {type: VARCHAR, name_zh: 最近检验结论, level: L1, codes: report_conclusion}
  next_inspect: {type: DATE, name_zh: 下次检验日期, level: L1}
  is_overdue: {type: SMALLINT, name_zh: 是否超期未检, level: L1}
  region_code: {type: VARCHAR, name_zh: 所在区划, level: L1}
checks:
  - {id: unit_known, rule: "ent_id is not null", action: flag, reason: 使用单位未关联到主体}
--- */
with i as (
  select reg_code, report_date, conclusion, next_date from inspection_report
  qualify row_number() over (partition by reg_code order by report_date desc, known_from desc, source, source_key desc) = 1),
n as (
  select e.source, e.source_key, greatest(coalesce(e.next_inspect, i.next_date), coalesce(i.next_date, e.next_inspect)) as next_inspect, i.report_date, i.conclusion
  from equipment e left join i on i.reg_code = e.reg_code)
select e.reg_code as eq_code, e.reg_code, e.eq_kind, e.use_cert as cert_no, e.ent_id, e.use_unit, e.use_unit_uscc, e.reg_date, e.state, n.report_date as last_report_date,
       n.conclusion as last_conclusion, n.next_inspect, cast(case when e.state = 'IN_USE' and n.next_inspect < :as_of then 1 else 0 end as smallint) as is_overdue,
       e.region_code
from equipment e join n on n.source = e.source and n.source_key = e.source_key
