/* ---
name: rel_edge
name_zh: 关联边
description: >-
  Edges from firms to what they share - persons (legal representatives, shareholders of 5 % or more), enterprise shareholders, addresses, phones.
  Nodes shared by more firms than the cap (500 for persons and enterprises, 50 for addresses and phones), cluster-registration
  addresses and nodes of a single firm are out.
grain: firm x node
keys: [ent_id, node_id]
inputs: [ent_base, ent_investor, ft_ent_contact]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  node_id: {type: BIGINT, name_zh: 节点编号}
  strong: {type: SMALLINT, name_zh: 是否强关联}
  weight: {type: DOUBLE, name_zh: 权重}
--- */
with f as (
  select b.ent_id, b.uscc, b.lr_token, b.addr_key, b.is_cluster_reg, b.tel_token, coalesce(c.is_known_agent, 0) as is_known_agent
  from ent_base b left join ft_ent_contact c on c.ent_id = b.ent_id where b.reg_state in ('1', '2', '5')),
i as (
  select v.ent_id, v.inv_kind, v.inv_token from ent_investor v join f on f.ent_id = v.ent_id
  where v.inv_token is not null and v.in_date <= :as_of and coalesce(v.out_date, date '9999-12-31') > :as_of and coalesce(v.share_ratio, 1) >= 0.05),
e as (
  select ent_id, concat('P:', lr_token) as node, 500 as cap, 1 as strong, 1.0 as weight from f where lr_token is not null
  union all select ent_id, concat('P:', inv_token), 500, 1, 1.0 from i where inv_kind = 'PERSON'
  union all select ent_id, concat('E:', inv_token), 500, 1, 1.0 from i where inv_kind = 'ENTERPRISE'
  union all select f.ent_id, concat('E:', f.uscc), 500, 1, 1.0 from f
    join (select distinct inv_token from i where inv_kind = 'ENTERPRISE') k on k.inv_token = f.uscc
  union all select ent_id, concat('A:', addr_key), 50, 0, 0.5 from f where addr_key is not null and coalesce(is_cluster_reg, 0) = 0
  union all select ent_id, concat('T:', tel_token), 50, 0, 0.5 from f where tel_token is not null and is_known_agent = 0),
g as (select ent_id, node, max(cap) as cap, max(strong) as strong, max(weight) as weight from e group by ent_id, node),
n as (select node from g group by node having count(*) > 1 and count(*) <= max(cap))
select g.ent_id, hash63(g.node) as node_id, cast(g.strong as smallint) as strong, cast(g.weight as double) as weight
from g join n on n.node = g.node
