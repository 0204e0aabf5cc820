/* ---
name: ent_instant_duty
name_zh: 即时信息公示义务
description: >-
  One row per event a firm had to disclose within 20 working days (capital, equity, licence, pledge of intellectual property, penalty),
  built from the events themselves, so a firm that disclosed nothing has its rows. Events of the 800 days up to D. A disclosure belongs
  to a duty when it names the event's number at its source or its document number.
grain: firm x event
keys: [duty_id]
inputs: [ent_change, ent_license, ip_pledge, ent_penalty, ent_instant_publish]
codes: [workday]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  duty_id: {type: VARCHAR, name_zh: 义务编号}
  item: {type: VARCHAR, name_zh: 公示事项}
  event_date: {type: DATE, name_zh: 事件日期}
  due_date: {type: DATE, name_zh: 公示期限}
  publish_date: {type: DATE, name_zh: 公示日期}
--- */
with ev as (
  select ent_id, 'CONTRIBUTION' as item, source, source_key, source_key as doc_key, alt_date as happened from ent_change where alt_item = 'REG_CAP'
  union all select ent_id, 'EQUITY', source, source_key, source_key, alt_date from ent_change where alt_item = 'INVESTOR'
  union all select ent_id, 'LICENSE', source, source_key, lic_id, issue_date from ent_license
  union all select ent_id, 'IP_PLEDGE', source, source_key, reg_no, reg_date from ip_pledge
  union all select ent_id, 'PENALTY', source, source_key, pen_dec_no, decide_date from ent_penalty
    where coalesce(revoke_date, date '9999-12-31') > :as_of),
duty as (
  select ent_id, item, source, source_key, doc_key, happened from ev
  where ent_id is not null and happened <= :as_of and happened > cast(:as_of - interval 800 day as date)),
pub as (
  select ent_id, case when item = 'REG_CAP' then 'CONTRIBUTION' else item end as item, ref_key, min(publish_date) as publish_date
  from ent_instant_publish where ent_id is not null and ref_key is not null and publish_date <= :as_of group by 1, 2, 3),
-- the n-th working day: a day off counts as the working day before it
due as (
  select a.day as happened, b.day as due_date
  from workday a join workday b on b.is_workday = 1 and b.workday_no = a.workday_no + 20
  where a.day > cast(:as_of - interval 800 day as date) and a.day <= :as_of)
select d.ent_id, concat(d.item, ':', d.source, ':', d.source_key) as duty_id, d.item, d.happened as event_date, w.due_date,
       case when p.publish_date is null then q.publish_date when q.publish_date is null then p.publish_date
            else least(p.publish_date, q.publish_date) end as publish_date
from duty d
join due w on w.happened = d.happened
left join pub p on p.ent_id = d.ent_id and p.item = d.item and p.ref_key = d.source_key
left join pub q on q.ent_id = d.ent_id and q.item = d.item and q.ref_key = d.doc_key
