/* ---
name: bad_entity
name_zh: 不良主体
description: One row per firm that is revoked, abnormal-listed, seriously dishonest or a dishonest executee at D (deterministic links only).
grain: firm
keys: [ent_id]
inputs: [ent_base, ent_abnormal, ent_serious, judicial_dishonest]
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  is_revoked: {type: SMALLINT, name_zh: 吊销或撤销}
  is_abnormal: {type: SMALLINT, name_zh: 经营异常}
  is_serious: {type: SMALLINT, name_zh: 严重违法失信}
  is_dishonest: {type: SMALLINT, name_zh: 失信被执行人}
--- */
select e.ent_id, cast(max(case when e.kind = 'REVOKED' then 1 else 0 end) as smallint) as is_revoked,
       cast(max(case when e.kind = 'ABNORMAL' then 1 else 0 end) as smallint) as is_abnormal,
       cast(max(case when e.kind = 'SERIOUS' then 1 else 0 end) as smallint) as is_serious,
       cast(max(case when e.kind = 'DISHONEST' then 1 else 0 end) as smallint) as is_dishonest
from (
  select ent_id, 'REVOKED' as kind from ent_base where reg_state in ('2', '3', '5')
  union all select ent_id, 'ABNORMAL' from ent_abnormal where in_date <= :as_of and coalesce(out_date, date '9999-12-31') > :as_of
  union all select ent_id, 'SERIOUS' from ent_serious
    where in_date <= :as_of and coalesce(out_date, date '9999-12-31') > :as_of and link_basis in ('USCC', 'NAME_REGION_LR')
  union all select ent_id, 'DISHONEST' from judicial_dishonest
    where publish_date <= :as_of and coalesce(exit_date, date '9999-12-31') > :as_of and link_basis in ('USCC', 'NAME_REGION_LR')) e
where e.ent_id is not null
group by e.ent_id
