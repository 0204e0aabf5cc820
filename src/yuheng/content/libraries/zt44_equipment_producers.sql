/* ---
id: ZT44
name_zh: 特种设备生产单位专题库
name_en: Producers of special equipment
domain: 特设
description: >-
  Licences to make, install, alter or repair special equipment, with the grade of the maintenance licence where
  one is filed.
grain: licence
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-LIC, S-EQUIP]
inputs: [ent_license, maint_unit]
record: l
columns:
  lic_no: {type: VARCHAR, name_zh: 许可编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  item: {type: VARCHAR, name_zh: 许可项目, level: L1}
  grade: {type: VARCHAR, name_zh: 许可级别, level: L1}
  issue_date: {type: DATE, name_zh: 发证日期, level: L1}
  valid_to: {type: DATE, name_zh: 有效期至, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L1, codes: licence_state}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with g as (select lic_no, max(lic_grade) as lic_grade from maint_unit where lic_no is not null group by lic_no)
select l.lic_id as lic_no, l.ent_id, l.lic_name as item, g.lic_grade as grade, l.issue_date, l.valid_to, l.state,
       cast(case when (l.state_date > :as_of or l.state = 'VALID') and coalesce(l.valid_to, date '9999-12-31') >= :as_of then 1 else 0 end as smallint) as in_force
from ent_license l left join g on g.lic_no = l.lic_id
where l.lic_type = 'SPECIAL_EQUIPMENT_PRODUCTION'
