/* ---
name: repairable_event
name_zh: 可修复失信记录
description: Penalties, abnormal and serious listings that may be repaired, with the earliest date of repair by the dated repair rules and the date they were repaired; decisions revoked as wrong by D are out.
grain: record
keys: [event_kind, event_key]
inputs: [ent_penalty, ent_abnormal, ent_serious]
codes: [repair_rule]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  event_kind: {type: VARCHAR, name_zh: 记录种类}
  event_key: {type: VARCHAR, name_zh: 记录编号}
  event_date: {type: DATE, name_zh: 记录日期}
  repairable_from: {type: DATE, name_zh: 最早可修复日}
  repaired_date: {type: DATE, name_zh: 修复日期}
--- */
with ev as (
  select ent_id, 'PENALTY' as event_kind,
         case when is_severe = 1 then 'SEVERE' when domain in ('FOOD', 'DRUG', 'SPECIAL_EQUIP') then 'KEY_DOMAIN' else 'NORMAL' end as severity,
         source, source_key,
         decide_date as event_date, repair_date as repaired_date
  from ent_penalty where coalesce(revoke_date, date '9999-12-31') > :as_of and (state = 'VALID' or revoke_date > :as_of or repair_date is not null)
  union all
  select ent_id, 'ABNORMAL', 'NORMAL', source, source_key, in_date, out_date
  from ent_abnormal where coalesce(out_kind, 'REMOVED') <> 'REVOKED' or coalesce(out_date, date '9999-12-31') > :as_of
  union all
  select ent_id, 'SERIOUS', 'NORMAL', source, source_key, in_date, out_date
  from ent_serious where link_basis in ('USCC', 'NAME_REGION_LR'))
select e.ent_id, e.event_kind, concat(e.source, ':', e.source_key) as event_key, e.event_date,
       cast(e.event_date + r.min_days * interval 1 day as date) as repairable_from, e.repaired_date
from ev e join repair_rule r on r.event_kind = e.event_kind and r.severity = e.severity
  and coalesce(r.valid_from, date '1900-01-01') <= e.event_date and coalesce(r.valid_to, date '9999-12-31') > e.event_date
where e.ent_id is not null and e.event_date <= :as_of
