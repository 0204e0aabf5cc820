/* ---
name: ent_cluster
name_zh: 关联群体
description: >-
  Communities of the relation graph and the risk that reaches each firm inside its own. The SELECT gives the firms that have an edge, with
  their seed (bad at D) and whether they are new (90 days), and the edges; the compiled graph code answers. A component larger than
  max_size is cut to its strong edges. risk = 100 x the probability that a walk over shared nodes (going on with `damping`) ends at another bad firm.
grain: firm with an edge
keys: [ent_id]
inputs: [rel_edge, ent_base, bad_entity]
snapshot: true
method: graph.clusters(damping=0.85, rounds=12, max_size=300)
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  cluster_id: {type: BIGINT, name_zh: 群体编号}
  cluster_size: {type: BIGINT, name_zh: 群体户数}
  cluster_risk: {type: DOUBLE, name_zh: 群体风险分}
  cluster_new_90d: {type: BIGINT, name_zh: 群体90日新设数}
--- */
select e.ent_id, e.node_id, e.strong, e.weight,
       cast(case when x.ent_id is not null then 1 else 0 end as smallint) as seed,
       cast(case when b.est_date > cast(:as_of - interval 90 day as date) then 1 else 0 end as smallint) as is_new
from rel_edge e
join ent_base b on b.ent_id = e.ent_id
left join bad_entity x on x.ent_id = e.ent_id
