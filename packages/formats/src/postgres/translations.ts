/**
 * Beginnings and ends of messages in other languages (`lc_messages`; the server's own catalogues), for logs without a state. Of a message that is not here
 * nothing is said that its severity doesn't say; where csvlog, jsonlog or `%e` tells the state, it needs no words.
 */

/** Permission denied, must be owner, no entry in pg_hba.conf: German, Spanish, French, Italian, Portuguese, Russian, Ukrainian, Swedish, Georgian, Chinese, Japanese, Korean. */
export const TRANSLATED_DENIED =
  /^(?:keine Berechtigung|Berechtigung nur für Eigentümer|kein pg_hba\.conf-Eintrag|permiso denegado|debe ser dueño|no hay una línea en pg_hba\.conf|droit refusé|doit être le propriétaire|aucune entrée dans pg_hba\.conf|permesso negato|bisogna essere proprietari|nessuna voce in pg_hba\.conf|permissão negada|deve ser o dono|нет доступа к|нужно быть владельцем|в pg_hba\.conf нет записи|немає дозволу|треба бути власником|в pg_hba\.conf немає запису|rättighet saknas|måste vara ägare|ingen rad i pg_hba\.conf|წვდომა აკრძალულია|对.{1,300}权限不够$|必须是.{1,300}属主$|没有用于主机)|(?:へのアクセスが拒否されました|の所有者である必要があります|접근 권한 없음|소유주여야만 합니다)$/s;

/** A connection that is terminated, or lost. */
export const TRANSLATED_ENDED =
  /^(?:Verbindung wird abgebrochen|Verbindung zum Client wurde verloren|terminando la conexión|se ha perdido la conexión|arrêt des connexions|connexion au client perdue|interruzione della connessione|connessione al client persa|закрытие подключения|подключение к клиенту потеряно|завершення підключення|підключення до клієнта втрачено|avslutar anslutning|anslutning till klient har brutits|丢失了到客户端的连接|クライアントへの接続が切れました)|(?:により接続を終了しています|中断联接|연결을 끝냅니다)$/s;

/** Messages that speak of authentication or of its rules: a FATAL that does so refuses a log-in. */
export const TRANSLATED_AUTHENTICATION =
  /a[uv]thenti|autenti|autentyfik|uwierzytelni|doğrulama|подлинност|автентифікац|ავთენტიფიკაცი|認証|인증|认证|身份验证|驗證|pg_hba\.conf/i;
