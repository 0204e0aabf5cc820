/* ---
id: ZT18
name_zh: 行政许可专题库
name_en: Licences
domain: 信用
description: >-
  Every licence of every department, with its state on the day and whether another valid one of its kind stands
  beside or after it.
grain: licence
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-LIC]
inputs: [ent_license, license_status]
record: l
spine: ent_license
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  lic_no: {type: VARCHAR, name_zh: 许可编号, level: L1}
  lic_type: {type: VARCHAR, name_zh: 许可类型, level: L1, codes: license_type}
  lic_name: {type: VARCHAR, name_zh: 许可名称, level: L1}
  site_key: {type: VARCHAR, name_zh: 场所, level: L1}
  issue_date: {type: DATE, name_zh: 发证日期, level: L1}
  valid_from: {type: DATE, name_zh: 有效期自, level: L1}
  valid_to: {type: DATE, name_zh: 有效期至, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L1, codes: licence_state}
  state_date: {type: DATE, name_zh: 状态日期, level: L1}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
  days_left: {type: BIGINT, name_zh: 剩余天数, level: L1}
  has_renewal: {type: SMALLINT, name_zh: 是否已有后续许可, level: L1}
checks:
  - {id: term, rule: "valid_to is null or valid_from is null or valid_from <= valid_to", action: flag, reason: 有效期起止颠倒}
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
select l.ent_id, l.lic_id as lic_no, l.lic_type, l.lic_name, l.site_key, l.issue_date, l.valid_from, l.valid_to,
       case when l.state_date > :as_of then 'VALID' else l.state end as state, l.state_date,
       cast(case when (l.state_date > :as_of or l.state = 'VALID') and coalesce(l.valid_from, l.issue_date) <= :as_of
                  and coalesce(l.valid_to, date '9999-12-31') >= :as_of then 1 else 0 end as smallint) as in_force,
       date_diff('day', cast(:as_of as date), l.valid_to) as days_left, s.has_renewal
from ent_license l
left join license_status s on s.ent_id = l.ent_id and s.lic_id = l.lic_id
