/* ---
name: abnormal_episode
name_zh: 经营异常时段
description: Union of overlapping or touching listing intervals; to_date 9999-12-31 = still listed. Listings revoked as wrong by D are out.
grain: firm x episode
keys: [ent_id, from_date]
inputs: [ent_abnormal]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  from_date: {type: DATE, name_zh: 起}
  to_date: {type: DATE, name_zh: 止}
--- */
-- distinct: of two listings with the same dates no window could tell which comes first, and both could open an episode
with a as (
  select distinct ent_id, in_date, coalesce(out_date, date '9999-12-31') as out_date from ent_abnormal
  where ent_id is not null and in_date <= :as_of
    and (coalesce(out_kind, 'REMOVED') <> 'REVOKED' or coalesce(out_date, date '9999-12-31') > :as_of)),
p as (
  select ent_id, in_date, out_date,
         max(out_date) over (partition by ent_id order by in_date, out_date rows between unbounded preceding and 1 preceding) as prev_out
  from a),
g as (
  select ent_id, in_date, out_date,
         sum(case when prev_out is null or in_date > prev_out then 1 else 0 end)
           over (partition by ent_id order by in_date, out_date rows between unbounded preceding and current row) as grp
  from p)
select ent_id, min(in_date) as from_date, max(out_date) as to_date from g group by ent_id, grp
