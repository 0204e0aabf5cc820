/* ---
name: ft_ent_address
name_zh: 同址特征
description: Firms at the same standardised address - active ones, and the share of bad ones among the others; NULL where the address is unknown.
grain: firm of the population
keys: [ent_id]
inputs: [ent_base, bad_entity]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  same_addr_active_cnt: {type: BIGINT, name_zh: 同址在营户数}
  same_addr_bad_ratio: {type: DOUBLE, name_zh: 同址不良占比}
  is_cluster_reg: {type: SMALLINT, name_zh: 是否集群注册地址}
--- */
with f as (
  select b.ent_id, b.addr_key, b.is_cluster_reg, b.reg_state, case when x.ent_id is not null then 1 else 0 end as bad
  from ent_base b left join bad_entity x on x.ent_id = b.ent_id
  where b.reg_state in ('1', '2', '5')),
-- most addresses have one firm: only the others are looked up
a as (
  select addr_key, cast(sum(case when reg_state = '1' then 1 else 0 end) as bigint) as active, count(*) as n, cast(sum(bad) as bigint) as bad
  from f where addr_key is not null group by addr_key having count(*) > 1)
select f.ent_id, :as_of as snapshot_date, case when f.addr_key is not null then coalesce(a.active, case when f.reg_state = '1' then 1 else 0 end) end as same_addr_active_cnt,
       case when f.addr_key is null then null else round9(coalesce(cast(a.bad - f.bad as double) / nullif(a.n - 1, 0), 0)) end as same_addr_bad_ratio,
       cast(coalesce(f.is_cluster_reg, 0) as smallint) as is_cluster_reg
from f left join a on a.addr_key = f.addr_key
