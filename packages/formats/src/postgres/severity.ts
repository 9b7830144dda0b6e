/**
 * Severities as error_severity() of elog.c writes them, and the labels of the lines that belong to a message. Both are translated by `lc_messages`
 * (po files of the backend): AUDIT records of pgaudit are not, so that they are found in any language.
 */
const TRANSLATED: Readonly<Record<string, string>> = {
  // German, French, Spanish, Italian, Portuguese, Polish, Swedish, Turkish, Russian, Ukrainian, Japanese, Korean, Chinese.
  FEHLER: 'ERROR', WARNUNG: 'WARNING', HINWEIS: 'NOTICE', PANIK: 'PANIC',
  ERREUR: 'ERROR', ATTENTION: 'WARNING', PANIQUE: 'PANIC',
  ADVERTENCIA: 'WARNING', NOTICIA: 'NOTICE',
  ERRORE: 'ERROR', ATTENZIONE: 'WARNING', NOTIFICA: 'NOTICE', FATALE: 'FATAL', PANICO: 'PANIC',
  ERRO: 'ERROR', AVISO: 'WARNING', NOTA: 'NOTICE',
  'BŁĄD': 'ERROR', 'OSTRZEŻENIE': 'WARNING', UWAGA: 'NOTICE', KATASTROFALNY: 'FATAL', PANIKA: 'PANIC', DZIENNIK: 'LOG',
  FEL: 'ERROR', VARNING: 'WARNING', NOTIS: 'NOTICE', FATALT: 'FATAL', LOGG: 'LOG',
  HATA: 'ERROR', UYARI: 'WARNING', 'ÖLÜMCÜL': 'FATAL',
  'ОШИБКА': 'ERROR', 'ПРЕДУПРЕЖДЕНИЕ': 'WARNING', 'ЗАМЕЧАНИЕ': 'NOTICE', 'ВАЖНО': 'FATAL', 'СООБЩЕНИЕ': 'LOG', 'ПАНИКА': 'PANIC', 'ИНФОРМАЦИЯ': 'INFO', 'ОТЛАДКА': 'DEBUG',
  'ПОМИЛКА': 'ERROR', 'ПОПЕРЕДЖЕННЯ': 'WARNING', 'ПОВІДОМЛЕННЯ': 'NOTICE', 'ФАТАЛЬНО': 'FATAL', 'ПАНІКА': 'PANIC', 'ЗАПИСУВАННЯ': 'LOG', 'ІНФОРМАЦІЯ': 'INFO', 'НАЛАГОДЖЕННЯ': 'DEBUG',
  'შეცდომა': 'ERROR', 'გაფრთხილება': 'WARNING', 'ფატალური': 'FATAL', 'პანიკა': 'PANIC', 'ჟურნალი': 'LOG', 'ინფორმაცია': 'INFO', 'გამართვა': 'DEBUG',
  '오류': 'ERROR', '경고': 'WARNING', '알림': 'NOTICE', '치명적오류': 'FATAL', '로그': 'LOG', '손상': 'PANIC', '정보': 'INFO', '디버그': 'DEBUG',
  '错误': 'ERROR', '警告': 'WARNING', '注意': 'NOTICE', '致命错误': 'FATAL', '日志': 'LOG', '比致命错误还过分的错误': 'PANIC', '信息': 'INFO', '调试': 'DEBUG',
}; // biome-ignore format: a word list

const LABELS: Readonly<Record<string, SubLabel>> = {
  DETAIL: 'detail', HINT: 'hint', QUERY: 'internalQuery', CONTEXT: 'context', STATEMENT: 'statement', LOCATION: 'location', BACKTRACE: 'backtrace',
  TIPP: 'hint', ANFRAGE: 'internalQuery', ZUSAMMENHANG: 'context', ANWEISUNG: 'statement', ORT: 'location',
  'DÉTAIL': 'detail', ASTUCE: 'hint', 'REQUÊTE': 'internalQuery', CONTEXTE: 'context', INSTRUCTION: 'statement', EMPLACEMENT: 'location',
  DETALLE: 'detail', SUGERENCIA: 'hint', CONSULTA: 'internalQuery', CONTEXTO: 'context', SENTENCIA: 'statement', 'UBICACIÓN': 'location',
  DETTAGLI: 'detail', SUGGERIMENTO: 'hint', CONTESTO: 'context', ISTRUZIONE: 'statement',
  DETALHE: 'detail', DICA: 'hint', 'INSTRUÇÃO': 'statement', COMANDO: 'statement', 'LOCALIZAÇÃO': 'location',
  'ПОДРОБНОСТИ': 'detail', 'ПОДСКАЗКА': 'hint', 'ЗАПРОС': 'internalQuery', 'КОНТЕКСТ': 'context', 'ОПЕРАТОР': 'statement', 'КОМАНДА': 'statement', 'ПОЛОЖЕНИЕ': 'location',
  '詳細': 'detail', 'ヒント': 'hint', '文': 'statement', '场景': 'context', '语句': 'statement', '描述': 'detail', '详细信息': 'detail', '提示': 'hint', '查询': 'internalQuery', '上下文': 'context', '問い合わせ': 'internalQuery', '文脈': 'context', 'バックトレース': 'backtrace',
  DETALJ: 'detail', TIPS: 'hint', 'FRÅGA': 'internalQuery', KONTEXT: 'context', SATS: 'statement', 'СТЕК': 'backtrace',
  'ВІДОМОСТІ': 'detail', 'УКАЗІВКА': 'hint', 'ЗАПИТ': 'internalQuery', 'ІНСТРУКЦІЯ': 'statement', 'ВІДСТЕЖУВАТИ': 'backtrace',
  'დეტალები': 'detail', 'მინიშნება': 'hint', 'მოთხოვნა': 'internalQuery', 'კონტექსტი': 'context', 'ოპერატორი': 'statement', 'სტეკი': 'backtrace',
  '상세정보': 'detail', '힌트': 'hint', '쿼리': 'internalQuery', '내용': 'context', '역추적': 'backtrace', '명령 구문': 'statement',
}; // biome-ignore format: a word list

/** Parts of a message that stand on lines of their own in the text log. */
export type SubLabel = 'detail' | 'hint' | 'internalQuery' | 'context' | 'statement' | 'location' | 'backtrace';

const SEVERITIES = new Set([
  'LOG',
  'ERROR',
  'FATAL',
  'PANIC',
  'WARNING',
  'NOTICE',
  'INFO',
  'DEBUG',
  'DEBUG1',
  'DEBUG2',
  'DEBUG3',
  'DEBUG4',
  'DEBUG5',
]);

/** The severity in English; undefined when the word is none. */
export function severityOf(word: string): string | undefined {
  return SEVERITIES.has(word) ? word : Object.hasOwn(TRANSLATED, word) ? TRANSLATED[word] : undefined;
}

export function subLabelOf(word: string): SubLabel | undefined {
  return Object.hasOwn(LABELS, word) ? LABELS[word] : undefined;
}
