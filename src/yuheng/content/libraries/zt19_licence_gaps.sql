/* ---
id: ZT19
name_zh: 证照联动专题库
name_en: Licence gaps
domain: 信用
description: >-
  Licences that industry and scope require of a firm in business, and whether it holds a valid one.
grain: entity x required licence type
keys: [ent_id, req_lic_type]
sensitivity: L2
freshness_days: 1
sources: [S-REG, S-LIC]
inputs: [ent_license_gap, license_status]
spine: ent_license_gap
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  req_lic_type: {type: VARCHAR, name_zh: 应有许可种类, codes: license_type}
  has_valid: {type: SMALLINT, name_zh: 是否有有效许可}
  evidence: {type: VARCHAR, name_zh: 依据}
checks:
  - {id: answer, rule: "has_valid in (0, 1)", action: stop, reason: 结论缺失}
--- */
select g.ent_id, g.req_lic_type, g.has_valid,
       case when g.has_valid = 1 then 'VALID_LICENCE' when h.ent_id is not null then 'LAPSED_LICENCE' else 'NEVER_LICENSED' end as evidence
from ent_license_gap g
left join (select distinct ent_id, lic_type from license_status) h on h.ent_id = g.ent_id and h.lic_type = g.req_lic_type
