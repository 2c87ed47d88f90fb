/** The public log, to somebody who has never heard of one. */
export const es = {
  title: "La bitácora pública",
  verify_page: "Comprobar una evidencia",
  intro: [
    "Cada acto sobre una evidencia (fue capturada, puesta a resguardo, aprobada, entregada, respondida) es una entrada de custodia. La huella de cada entrada se añade a esta bitácora, que sólo crece: nada puede cambiarse, quitarse ni ponerse en medio sin que se note.",
    "Aquí no hay nombres, fotos, números de serie ni lugares: sólo huellas. Quien recibió un recibo o un paquete para tribunal puede probar con ella que su entrada está dentro; quien sólo tiene la bitácora no aprende nada de nadie.",
  ],
  present: "El punto de control de ahora",
  present_hint: "Una firma sobre todas las entradas que hay. Dos personas que ven la misma raíz ven la misma historia.",
  loading: "Cargando…",
  unreachable: "Sin red, o la bitácora aún no se abre: no se pudo traer el punto de control.",
  again: "Traer otra vez",
  origin: "Nombre",
  size: "Entradas",
  root: "Raíz (SHA-256, base64)",
  good: "La firma de la bitácora es válida",
  bad: (why: string) => `La firma no se sostiene (${why})`,
  witnesses: "Testigos que la firmaron",
  no_witness: "Ninguno aún; en unos segundos",
  as_signed: "El texto firmado",
  keys: "Llaves y política",
  keys_hint:
    "La política dice qué llaves cuentan: las de la bitácora y las de sus testigos, y cuántos testigos hacen falta. Guárdela hoy, de preferencia por medio de una institución testigo: con ella se comprueba todo lo posterior sin preguntarnos.",
  policy_file: "Descargar la política",
  former: "Bitácoras anteriores",
  former_hint:
    "Después de restaurar una base de datos se abre una bitácora nueva que nombra a la anterior. La anterior sigue en su propia dirección.",
  monitor: "Cómo vigilarla",
  monitor_steps: [
    "Guarde un punto de control. Más tarde traiga el nuevo y pida la prueba de que el viejo es su principio: cualquier cliente de «tlog-tiles» lo hace, por ejemplo el de Go.",
    "Si la prueba no se sostiene, o dos personas ven raíces distintas con el mismo tamaño, la bitácora mintió: las dos firmas son la evidencia de ello.",
    "Los datos son archivos fijos: se pueden copiar enteros y servir desde otro lugar.",
  ],
  addresses: "Direcciones",
  address_rows: [
    ["/log/checkpoint", "el punto de control más nuevo, con las firmas"],
    ["/log/tile/<L>/<N>[.p/<W>]", "las huellas del árbol, 256 por tesela"],
    ["/log/tile/entries/<N>[.p/<W>]", "las huellas de las entradas, 32 bytes cada una"],
    ["/log/timestamp, /log/timestamped", "el último sello de tiempo (RFC 3161) y los bytes sellados, donde hay autoridad"],
    ["/log/policy", "la política (C2SP tlog-policy)"],
    ["/log/keys", "las llaves públicas, una por línea"],
  ] as [string, string][],
  witness: "Cómo ser testigo",
  witness_steps: [
    "Un testigo recuerda lo último que vio y firma sólo lo que crece de ahí. Basta un equipo pequeño que esté encendido.",
    "casquillo witness --folder testigo --name testigo.example.org --port 9100",
    "Ponga en su archivo de bitácoras las líneas «log» de nuestra política, y envíenos la llave que el programa imprime. Cualquier otro testigo de C2SP sirve igual.",
  ],
  formats:
    "Formatos públicos de C2SP: signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-witness, tlog-cosignature y tlog-policy; árbol de Merkle del RFC 6962.",
};

export type LogWords = typeof es;
