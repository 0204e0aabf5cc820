/* ---
id: ZT46
name_zh: 餐饮食品数据分析专题库
name_en: Restaurants
domain: 食品
description: >-
  Restaurants and canteens with their licence, grade, kitchen camera, and what checks, samples and platforms
  told up to the day. The score is made by the thematic models; NULL until then.
grain: shop
keys: [src_system, shop_id]
sensitivity: L1
freshness_days: 1
sources: [S-FDA, S-SAMP, S-KITCHEN]
inputs: [food_check, food_sampling, kitchen_event, restaurant]
record: r
spine: restaurant
columns:
  shop_id: {type: VARCHAR, name_zh: 门店编号, level: L1}
  shop_name: {type: VARCHAR, name_zh: 门店名称, level: L1}
  lic_no: {type: VARCHAR, name_zh: 许可证编号, level: L1}
  ent_id: {type: BIGINT, name_zh: 主体编号}
  scale: {type: VARCHAR, name_zh: 规模业态, level: L1, codes: restaurant_scale}
  seats: {type: INTEGER, name_zh: 座位数, level: L1}
  staff: {type: INTEGER, name_zh: 从业人员数, level: L1}
  health_certs: {type: INTEGER, name_zh: 持健康证人数, level: L1}
  has_officer: {type: SMALLINT, name_zh: 是否配备食品安全员, level: L1}
  kitchen_cam: {type: SMALLINT, name_zh: 是否明厨亮灶, level: L1}
  is_online: {type: SMALLINT, name_zh: 是否网络经营, level: L1}
  grade: {type: VARCHAR, name_zh: 风险等级, level: L1, codes: food_grade}
  grade_date: {type: DATE, name_zh: 评定日期, level: L1}
  last_check_date: {type: DATE, name_zh: 最近检查日期, level: L1}
  face: {type: VARCHAR, name_zh: 动态等级, level: L1, codes: hygiene_face}
  failed_1y: {type: BIGINT, name_zh: 近一年检查不合格项数, level: L1}
  sample_fail_2y: {type: BIGINT, name_zh: 近两年抽检不合格数, level: L1}
  ai_event_30d: {type: BIGINT, name_zh: 近30日明厨亮灶事件数, level: L1}
  lat: {type: "DECIMAL(9,6)", name_zh: 纬度, level: L2}
  lon: {type: "DECIMAL(9,6)", name_zh: 经度, level: L2}
  score: {type: DOUBLE, name_zh: 综合评分, level: L2}
  region_code: {type: VARCHAR, name_zh: 门店区划, level: L1}
checks:
  - {id: certs, rule: "health_certs is null or staff is null or health_certs <= staff", action: flag, reason: 健康证多于从业人员}
  - {id: licence, rule: "lic_no is not null", action: flag, reason: 无许可证编号}
--- */
with c as (
  select lic_no, check_date, face from food_check where lic_no is not null
  qualify row_number() over (partition by lic_no order by check_date desc, known_from desc, source, source_key) = 1),
y as (
  select lic_no, sum(coalesce(key_failed, 0) + coalesce(failed, 0)) as n from food_check
  where lic_no is not null and check_date > cast(:as_of - interval 365 day as date) group by lic_no),
s as (
  select ent_id, count(*) as n from food_sampling
  where ent_id is not null and result = 'FAIL' and report_date > cast(:as_of - interval 730 day as date) group by ent_id),
k as (
  select shop_no, count(*) as n from kitchen_event where event_day > cast(:as_of - interval 30 day as date) and coalesce(confirmed, 1) = 1 group by shop_no)
select r.shop_no as shop_id, r.shop_name, r.lic_no, r.ent_id, r.scale, r.seats, r.staff, r.health_certs, r.has_officer, r.kitchen_cam, r.is_online, r.risk_grade as grade,
       r.grade_date, c.check_date as last_check_date, c.face, coalesce(y.n, 0) as failed_1y, coalesce(s.n, 0) as sample_fail_2y,
       case when r.kitchen_cam = 1 then coalesce(k.n, 0) end as ai_event_30d, r.lat, r.lon, cast(null as double) as score, r.region_code
from restaurant r left join c on c.lic_no = r.lic_no left join y on y.lic_no = r.lic_no left join s on s.ent_id = r.ent_id
left join k on k.shop_no = r.shop_no
