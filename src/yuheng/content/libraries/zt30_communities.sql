/* ---
id: ZT30
name_zh: 关联团伙专题库
name_en: Communities
domain: 关联
description: >-
  Communities of firms that share persons, owners, addresses or phones: size, risk, how many are new, and the
  firm with most ties.
grain: community x month
keys: [cluster_id]
sensitivity: L2
freshness_days: 31
sources: [S-REG, S-GSXT]
inputs: [bad_entity, ent_base, ent_cluster, rel_edge]
columns:
  cluster_id: {type: BIGINT, name_zh: 群体编号}
  month_date: {type: DATE, name_zh: 月份}
  size: {type: BIGINT, name_zh: 户数}
  risk_max: {type: DOUBLE, name_zh: 最高风险分}
  risk_mean: {type: DOUBLE, name_zh: 平均风险分}
  new_90d: {type: BIGINT, name_zh: 近90日新设数}
  bad_cnt: {type: BIGINT, name_zh: 不良户数}
  hub_ent_id: {type: BIGINT, name_zh: 枢纽主体}
  hub_ties: {type: BIGINT, name_zh: 枢纽关联数}
  region_code: {type: VARCHAR, name_zh: 枢纽所在区划, level: L1}
checks:
  - {id: size, rule: "size > 1", action: stop, reason: 群体不足两户}
--- */
with ties as (
  select c.cluster_id, c.ent_id, c.cluster_risk, c.cluster_new_90d, count(e.node_id) as ties
  from ent_cluster c left join rel_edge e on e.ent_id = c.ent_id group by c.cluster_id, c.ent_id, c.cluster_risk, c.cluster_new_90d),
hub as (
  select cluster_id, ent_id, ties from ties qualify row_number() over (partition by cluster_id order by ties desc, ent_id) = 1)
select t.cluster_id, cast(:as_of as date) as month_date, count(*) as size, max(t.cluster_risk) as risk_max,
       cast(sum(cast(t.cluster_risk as decimal(18, 6))) as double) / nullif(count(*), 0) as risk_mean, max(t.cluster_new_90d) as new_90d,
       count(b.ent_id) as bad_cnt, max(h.ent_id) as hub_ent_id, max(h.ties) as hub_ties, max(f.region_code) as region_code
from ties t join hub h on h.cluster_id = t.cluster_id left join bad_entity b on b.ent_id = t.ent_id left join ent_base f on f.ent_id = h.ent_id
group by t.cluster_id having count(*) > 1
