/** The texts of fixed codes: short, and each says what to do. */
export const texts = {
  saved_local: "Guardado en este teléfono. Falta enviar.",
  photo_lost_camera: "La cámara cerró la app. Se perdió la última foto: repítela.",
  blur: "Parece movida. ¿Repetir?",
  serial_not_frame: "Ese número no es el del armazón. Búscalo en el armazón.",
  lookalike: "¿0 (cero) u O (letra)?",
  readings_differ: (place: number) => `Las dos lecturas no coinciden en el carácter ${place}.`,
  importer_missing: "Hecha fuera de EE. UU.: falta el importador. Busca bajo el cañón.",
  pmf_no_serial: "Sin serie no se puede rastrear. Sí va a balística.",
  not_handled: "Arma no manipulada. Faltan vistas: las tomará el perito.",
  loaded_pack: "Marcaste cartucho en recámara. No la empaques así: pide apoyo.",
  seal_dup: (folio: string) => `Ese sello ya se usó en ${folio}. Revisa el número.`,
  gps_none: "Sin ubicación. Elige municipio y describe el lugar.",
  clock_off: (by: string, ahead: boolean) =>
    `Tu teléfono va ${by} ${ahead ? "adelantado" : "atrasado"}. Se anota; no cambies nada.`,
  storage_low: (photos: number) =>
    `Queda espacio para unas ${photos} fotos. Envía o usa el archivo de rescate.`,
  not_persistent: "El teléfono puede borrar estas fotos. Instala la app o envía hoy.",
  sending: (n: number, of: number) => `Enviando ${n} de ${of}. No cierres la app.`,
  facts_in: (at: string, photos: number) =>
    `Datos recibidos ${at}. ${photos === 1 ? "Falta 1 foto" : `Faltan ${photos} fotos`}.`,
  receipt_ok: (code: string) => `Recibo verificado. Ya está a resguardo. Código ${code}`,
  receipt_bad: "El recibo no se pudo comprobar. NO borres nada. Avisa.",
  conflict_409: "Ya existe otra versión. Guardamos las dos. Tu supervisor fue avisado.",
  quarantined: "Una foto llegó dañada. Se conserva. Toma otra si aún puedes.",
  device_revoked: "Teléfono dado de baja. Lo pendiente se conserva: ve con tu administrador.",
  returned: (why: string) => `Devuelto: ${why}.`,
  item_gone: (who: string) => `Ya no tengo el indicio. Lo tiene: ${who}`,
  locked_capture: "Modo captura. Para ver lo guardado, entra con tu clave.",
};
