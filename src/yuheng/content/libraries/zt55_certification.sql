/* ---
id: ZT55
name_zh: 认证认可与检验检测机构专题库
name_en: Certification and laboratories
domain: 质量
description: >-
  Certificates with their status on the day (the newest change of status of each), and the accreditations of
  laboratories.
grain: certificate or laboratory
keys: [kind, cert_no]
sensitivity: L1
freshness_days: 1
sources: [S-CERT]
inputs: [ent_cert, testing_body]
record: e
spine: ent_cert
columns:
  kind: {type: VARCHAR, name_zh: 类型, level: L1, description: "CERTIFICATE or LABORATORY"}
  cert_no: {type: VARCHAR, name_zh: 证书编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  scope: {type: VARCHAR, name_zh: 认证类型或检测领域, level: L1}
  status: {type: VARCHAR, name_zh: 状态, level: L1, codes: cert_status}
  status_date: {type: DATE, name_zh: 状态日期, level: L1}
  first_date: {type: DATE, name_zh: 首次发证日期, level: L1}
  valid_to: {type: DATE, name_zh: 有效期至, level: L1}
checks:
  - {id: firm_known, rule: "ent_id is not null", action: flag, reason: 未关联到主体}
--- */
with c as (
  select * from ent_cert qualify row_number() over (partition by cert_no order by status_date desc, known_from desc, source, source_key) = 1),
f as (select cert_no, min(status_date) as first_date from ent_cert group by cert_no),
t as (
  select * from testing_body qualify row_number() over (partition by cert_no order by grant_date desc, known_from desc, source, source_key) = 1),
e as (
  select 'CERTIFICATE' as kind, c.cert_no, c.ent_id, c.cert_kind as scope, c.status, c.status_date, f.first_date, cast(null as date) as valid_to,
         c.event_date, c.source, c.source_key, c.known_basis, c.known_from, c.batch_id, c.row_hash, c.quality_flag from c join f on f.cert_no = c.cert_no
  union all select 'LABORATORY', cert_no, ent_id, field, case when coalesce(end_date, date '9999-12-31') <= :as_of then 'CANCELLED' else 'VALID' end,
         coalesce(end_date, grant_date), grant_date, valid_to, event_date, source, source_key, known_basis, known_from, batch_id, row_hash, quality_flag from t)
select e.kind, e.cert_no, e.ent_id, e.scope, e.status, e.status_date, e.first_date, e.valid_to from e
