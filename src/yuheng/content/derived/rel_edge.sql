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
  select v.ent_id, v.inv_kind, v.inv_token from ent_investor v join ent_base b on b.ent_id = v.ent_id
  where b.reg_state in ('1', '2', '5') and v.inv_token is not null and v.in_date <= :as_of
    and coalesce(v.out_date, date '9999-12-31') > :as_of and coalesce(v.share_ratio, 1) >= 0.05),
e as (
  select ent_id, 'P:' as kind, lr_token as token from f where lr_token is not null
  union all select ent_id, 'P:', inv_token from i where inv_kind = 'PERSON'
  union all select ent_id, 'E:', inv_token from i where inv_kind = 'ENTERPRISE'
  union all select f.ent_id, 'E:', f.uscc from f
    join (select distinct inv_token from i where inv_kind = 'ENTERPRISE') k on k.inv_token = f.uscc
  union all select ent_id, 'A:', addr_key from f where addr_key is not null and coalesce(is_cluster_reg, 0) = 0
  union all select ent_id, 'T:', tel_token from f where tel_token is not null and is_known_agent = 0),
-- most nodes belong to one firm; only the edges of the others are grouped
shared as (select kind, token from e group by kind, token having min(ent_id) < max(ent_id)),
g as (select distinct e.ent_id, e.kind, e.token from e join shared s on s.kind = e.kind and s.token = e.token),
n as (select kind, token from g group by kind, token having count(*) <= case when kind in ('P:', 'E:') then 500 else 50 end)
select g.ent_id, hash63(concat(g.kind, g.token)) as node_id, cast(case when g.kind in ('P:', 'E:') then 1 else 0 end as smallint) as strong,
       cast(case when g.kind in ('P:', 'E:') then 1 else 0.5 end as double) as weight
from g join n on n.kind = g.kind and n.token = g.token
