/* ---
id: ZT53
name_zh: 产品质量抽查专题库
name_en: Product quality
domain: 质量
description: >-
  Spot checks of products: sample, product, result.
grain: sample
keys: [src_system, src_pk]
sensitivity: L1
freshness_days: 1
sources: [S-QUAL]
inputs: [product_spotcheck]
record: p
spine: product_spotcheck
columns:
  ent_id: {type: BIGINT, name_zh: 主体编号}
  sample_no: {type: VARCHAR, name_zh: 抽样编号, level: L1}
  product: {type: VARCHAR, name_zh: 产品, level: L1}
  sample_date: {type: DATE, name_zh: 抽样日期, level: L1}
  report_date: {type: DATE, name_zh: 报告日期, level: L1}
  result: {type: VARCHAR, name_zh: 结论, level: L1, codes: conclusion}
  is_responsible: {type: SMALLINT, name_zh: 是否责任方, level: L1}
checks:
  - {id: result, rule: "result is not null", action: flag, reason: 结论缺失}
  - {id: dates, rule: "sample_date is null or sample_date <= report_date", action: flag, reason: 报告早于抽样}
--- */
select p.ent_id, p.sample_no, p.product, p.sample_date, p.report_date, p.result, p.is_responsible from product_spotcheck p
