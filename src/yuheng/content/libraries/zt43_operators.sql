/* ---
id: ZT43
name_zh: 作业人员专题库
name_en: Operators
domain: 特设
description: >-
  Certificates of those who work on special equipment; a person is a keyed hash.
grain: certificate
keys: [src_system, src_pk]
sensitivity: L4
freshness_days: 1
sources: [S-WORKER]
inputs: [worker_cert]
record: w
spine: worker_cert
columns:
  cert_no: {type: VARCHAR, name_zh: 档案编号, level: L2}
  pid_hash: {type: VARCHAR, name_zh: 人员标识, level: L4}
  item_code: {type: VARCHAR, name_zh: 作业项目, level: L2, codes: worker_item}
  issue_date: {type: DATE, name_zh: 发证日期, level: L1}
  valid_to: {type: DATE, name_zh: 有效期至, level: L1}
  state: {type: VARCHAR, name_zh: 状态, level: L2, codes: certificate_state}
  ent_id: {type: BIGINT, name_zh: 聘用单位主体编号}
  employer: {type: VARCHAR, name_zh: 聘用单位, level: L2}
  in_force: {type: SMALLINT, name_zh: 当日是否有效, level: L1}
checks:
  - {id: item, rule: "item_code is not null", action: flag, reason: 作业项目缺失}
--- */
select w.archive_no as cert_no, w.cert_token as pid_hash, w.item as item_code, w.issue_date, w.valid_to, w.state, w.ent_id, w.employer,
       cast(case when w.state = 'VALID' and coalesce(w.valid_to, date '9999-12-31') >= :as_of then 1 else 0 end as smallint) as in_force
from worker_cert w
