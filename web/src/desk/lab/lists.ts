/** The closed lists of an acquisition (`evidence/domain/ballistics.py`; a test holds the two to each other). */
export const LISTS: Record<string, readonly string[]> = {
  origin: ["recovered", "test_fire"],
  firing_pin_type: ["centerfire", "rimfire"],
  firing_pin_class: ["circular", "elliptical", "hemispherical", "rectangular", "other"],
  aperture: ["circular", "rectangular_square", "teardrop", "other"],
  breech_face: ["arched", "circular", "crosshatch", "granular", "parallel", "smooth", "other"],
  primer_material: ["brass", "copper", "nickel", "steel", "other"],
  case_material: ["aluminum", "brass", "nickel", "steel", "other"],
  cast: ["negative", "positive", "no"],
  quality: ["good", "fair", "poor"],
  scope: ["local", "state", "national", "foreign"],
  prior_exams: ["done", "waived", "not_asked"],
};

export const REGIONS = [
  "aperture_shear",
  "breech_face",
  "case_body_mark",
  "ejector_mark",
  "extractor_mark",
  "firing_pin_drag",
  "firing_pin_impression",
] as const;
