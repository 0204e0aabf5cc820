/* ---
name: ft_person_link
name_zh: 法定代表人关联特征
description: >-
  Entities led by the same natural person (identity number): active enterprises (without the self-employed and cooperatives), the share
  of bad ones among the other entities, those cancelled in 730 days; barred = responsible for a firm revoked less than three years
  (1,095 days) ago. Without an identity number all is NULL.
grain: firm of the population led by a natural person
keys: [ent_id]
inputs: [ent_base, bad_entity]
snapshot: true
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  snapshot_date: {type: DATE, name_zh: 快照日期}
  lr_ent_cnt: {type: BIGINT, name_zh: 在营企业数}
  lr_bad_ratio: {type: DOUBLE, name_zh: 不良占比}
  lr_cancel_2y: {type: BIGINT, name_zh: 两年注销数}
  lr_restricted: {type: SMALLINT, name_zh: 任职受限}
  lr_link_basis: {type: VARCHAR, name_zh: 关联依据}
--- */
with f as (
  select b.ent_id, b.lr_token, b.reg_state, b.exit_date,
         case when coalesce(b.ent_category, '') in ('4', '5') then 0 else 1 end as is_enterprise,
         case when x.ent_id is not null then 1 else 0 end as bad,
         case when b.reg_state in ('2', '3') and b.exit_date <= :as_of and b.exit_date > cast(:as_of - interval 1095 day as date) then 1 else 0 end as restricted
  from ent_base b left join bad_entity x on x.ent_id = b.ent_id where b.lr_is_person = 1),
-- most persons lead one entity: only the others are looked up
p as (
  select lr_token, cast(sum(case when reg_state = '1' then is_enterprise else 0 end) as bigint) as active,
         count(*) as n, cast(sum(bad) as bigint) as bad,
         cast(sum(case when reg_state = '4' and exit_date <= :as_of and exit_date > cast(:as_of - interval 730 day as date) then 1 else 0 end) as bigint) as cancelled,
         max(restricted) as restricted
  from f where lr_token is not null group by lr_token having count(*) > 1)
select f.ent_id, :as_of as snapshot_date,
       case when f.lr_token is not null then coalesce(p.active, case when f.reg_state = '1' then f.is_enterprise else 0 end) end as lr_ent_cnt,
       case when f.lr_token is null then null else round9(coalesce(cast(p.bad - f.bad as double) / nullif(p.n - 1, 0), 0)) end as lr_bad_ratio,
       case when f.lr_token is not null then coalesce(p.cancelled, 0) end as lr_cancel_2y,
       cast(case when f.lr_token is not null then coalesce(p.restricted, f.restricted) end as smallint) as lr_restricted,
       case when f.lr_token is not null then 'ID' end as lr_link_basis
from f left join p on p.lr_token = f.lr_token
where f.reg_state in ('1', '2', '5')
