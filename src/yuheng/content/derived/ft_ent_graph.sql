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
with inv as (
  select ent_id, inv_kind, inv_token, max(coalesce(share_ratio, 1)) as share from ent_investor
  where ent_id is not null and inv_token is not null and in_date <= :as_of and coalesce(out_date, date '9999-12-31') > :as_of
  group by ent_id, inv_kind, inv_token),
last_release as (select max(as_of) as as_of from grade_released where as_of < :as_of),
risky as (
  select g.ent_id from grade_released g join last_release r on r.as_of = g.as_of where g.grade_final in ('C', 'D')),
held as (
  select h.ent_id, count(*) as n, cast(sum(case when k.ent_id is not null then 1 else 0 end) as bigint) as risky
  from inv join ent_base h on h.uscc = inv.inv_token and inv.inv_kind = 'ENTERPRISE'
  left join (select distinct ent_id from risky) k on k.ent_id = inv.ent_id
  group by h.ent_id),
bad_holder as (
  select concat('E:', b.uscc) as holder from bad_entity x join ent_base b on b.ent_id = x.ent_id
  where (x.is_serious = 1 or x.is_dishonest = 1) and b.uscc is not null
  union
  select concat('P:', b.lr_token) from ent_base b
  where b.lr_token is not null and b.reg_state in ('2', '3') and b.exit_date <= :as_of and b.exit_date > cast(:as_of - interval 1095 day as date)),
holder as (
  select inv.ent_id, count(*) as n
  from inv join bad_holder h on h.holder = case when inv.inv_kind = 'ENTERPRISE' then concat('E:', inv.inv_token) else concat('P:', inv.inv_token) end
  where inv.share >= 0.05
  group by inv.ent_id)
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
