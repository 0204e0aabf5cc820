/* ---
name: ft_ent_graph
name_zh: 图谱特征
description: >-
  Graph features of each firm - its cluster's risk and new firms, bad shareholders of 5 % or more, and the share of directly held firms
  graded C or D in the last release before D (0 when nothing is held, NULL when there is no release).
grain: firm of the population
keys: [ent_id]
inputs: [ent_base, bad_entity, ent_cluster, ent_investor, grade_released]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  investee_cnt: {type: BIGINT, name_zh: 对外投资户数}
  investee_high_risk_ratio: {type: DOUBLE, name_zh: 对外投资高风险占比}
  shareholder_bad_cnt: {type: BIGINT, name_zh: 不良股东数}
  cluster_risk: {type: DOUBLE, name_zh: 群体风险分}
  cluster_new_90d: {type: BIGINT, name_zh: 群体90日新设数}
--- */
-- shareholders that count: those held by an enterprise, and the bad ones; all others are never grouped
with inv as (
  select ent_id, inv_kind, inv_token, coalesce(share_ratio, 1) as share from ent_investor
  where ent_id is not null and inv_token is not null and in_date <= :as_of and coalesce(out_date, date '9999-12-31') > :as_of),
last_release as (select max(as_of) as as_of from grade_released where as_of < :as_of),
risky as (
  select distinct g.ent_id from grade_released g join last_release r on r.as_of = g.as_of where g.grade_final in ('C', 'D')),
-- a firm nobody has registered by D is not counted, even when its shareholders are known
owned as (
  select distinct v.ent_id, v.inv_token from inv v join ent_base s on s.ent_id = v.ent_id where v.inv_kind = 'ENTERPRISE'),
held as (
  select h.ent_id, count(*) as n, cast(sum(case when k.ent_id is not null then 1 else 0 end) as bigint) as risky
  from owned o join ent_base h on h.uscc = o.inv_token
  left join risky k on k.ent_id = o.ent_id
  group by h.ent_id),
bad_enterprise as (
  select distinct b.uscc from bad_entity x join ent_base b on b.ent_id = x.ent_id
  where (x.is_serious = 1 or x.is_dishonest = 1) and b.uscc is not null),
bad_person as (
  select distinct b.lr_token from ent_base b
  where b.lr_token is not null and b.reg_state in ('2', '3') and b.exit_date <= :as_of and b.exit_date > cast(:as_of - interval 1095 day as date)),
holder as (
  select x.ent_id, count(*) as n
  from (
    select distinct v.ent_id, v.inv_kind, v.inv_token from inv v join bad_enterprise e on e.uscc = v.inv_token
    where v.share >= 0.05 and v.inv_kind = 'ENTERPRISE'
    union all
    select distinct v.ent_id, v.inv_kind, v.inv_token from inv v join bad_person p on p.lr_token = v.inv_token
    where v.share >= 0.05 and coalesce(v.inv_kind, '') <> 'ENTERPRISE') x
  group by x.ent_id)
select b.ent_id, :as_of as snapshot_date, coalesce(held.n, 0) as investee_cnt,
       case when held.n is null then cast(0 as double) when r.as_of is null then null
            else round9(cast(held.risky as double) / nullif(held.n, 0)) end as investee_high_risk_ratio,
       coalesce(holder.n, 0) as shareholder_bad_cnt, coalesce(c.cluster_risk, 0) as cluster_risk, coalesce(c.cluster_new_90d, 0) as cluster_new_90d
from ent_base b
cross join last_release r
left join held on held.ent_id = b.ent_id
left join holder on holder.ent_id = b.ent_id
left join ent_cluster c on c.ent_id = b.ent_id
where b.reg_state in ('1', '2', '5')
