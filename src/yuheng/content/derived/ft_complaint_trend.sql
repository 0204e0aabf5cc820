/* ---
name: ft_complaint_trend
name_zh: 投诉激增
description: (Complaints of the last 30 days + 1) / (30-day mean of the 180 days before + 1), duplicates removed; one row per firm with a complaint in the 210 days.
grain: firm
keys: [ent_id]
inputs: [case_12315]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  recent_cnt: {type: BIGINT, name_zh: 近30日投诉}
  before_cnt: {type: BIGINT, name_zh: 前180日投诉}
  surge_ratio: {type: DOUBLE, name_zh: 激增比}
--- */
with c as (
  select ent_id, cast(sum(case when accept_date > cast(:as_of - interval 30 day as date) then 1 else 0 end) as bigint) as recent_cnt,
         cast(sum(case when accept_date > cast(:as_of - interval 30 day as date) then 0 else 1 end) as bigint) as before_cnt
  from case_12315
  where ent_id is not null and case_type = 'COMPLAINT' and is_duplicate = 0 and accept_date <= :as_of
    and accept_date > cast(:as_of - interval 210 day as date)
  group by ent_id)
select ent_id, :as_of as snapshot_date, recent_cnt, before_cnt,
       round9(cast(recent_cnt + 1 as double) / nullif(cast(before_cnt as double) / 6 + 1, 0)) as surge_ratio
from c
