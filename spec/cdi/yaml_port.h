/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included in libyaml's scanner and parser, behind their macros (configs/libyaml.sed): each macro that
 * is used often becomes one function, which does what the macro did. The macros' many copies are
 * more than half of the scanner.
 *
 * A function comes before the macro of its name is replaced, so it has libyaml's own code.
 */
#ifndef COLDINIT_SPEC_CDI_YAML_PORT_H
#define COLDINIT_SPEC_CDI_YAML_PORT_H

/** struct yaml_port_text - what the macros about characters expect: something with a @pointer */
struct yaml_port_text {
	const yaml_char_t *pointer;
};

/**
 * yaml_port_is_alpha() - IS_ALPHA: is it a letter, a digit, "_" or "-"?
 * @pointer: of the character
 *
 * Return: 1 or 0.
 */
static inline int yaml_port_is_alpha(const yaml_char_t *pointer)
{
	const struct yaml_port_text text = {pointer};

	return IS_ALPHA_AT(text, 0);
}
#undef IS_ALPHA_AT
#define IS_ALPHA_AT(string, offset) yaml_port_is_alpha((string).pointer + (offset))

/**
 * yaml_port_is_break() - IS_BREAK: does a line break begin here?
 * @pointer: of the character
 *
 * Return: 1 or 0.
 */
static inline int yaml_port_is_break(const yaml_char_t *pointer)
{
	const struct yaml_port_text text = {pointer};

	return IS_BREAK_AT(text, 0);
}
#undef IS_BREAK_AT
#define IS_BREAK_AT(string, offset) yaml_port_is_break((string).pointer + (offset))

/**
 * yaml_port_width() - WIDTH: the length of a character in UTF-8
 * @pointer: of the character
 *
 * Return: bytes, or 0 for no character.
 */
static inline int yaml_port_width(const yaml_char_t *pointer)
{
	const struct yaml_port_text text = {pointer};

	return WIDTH_AT(text, 0);
}
#undef WIDTH_AT
#define WIDTH_AT(string, offset) yaml_port_width((string).pointer + (offset))

/**
 * yaml_port_is_breakz() - IS_BREAKZ: does a line break begin here, or is it NUL?
 * @pointer: of the character
 *
 * Return: 1 or 0.
 */
static inline int yaml_port_is_breakz(const yaml_char_t *pointer)
{
	const struct yaml_port_text text = {pointer};

	return IS_BREAKZ_AT(text, 0);
}
#undef IS_BREAKZ_AT
#define IS_BREAKZ_AT(string, offset) yaml_port_is_breakz((string).pointer + (offset))

/**
 * yaml_port_is_blankz() - IS_BLANKZ: is it a space or a tab, or as in IS_BREAKZ?
 * @pointer: of the character
 *
 * Return: 1 or 0.
 */
static inline int yaml_port_is_blankz(const yaml_char_t *pointer)
{
	const struct yaml_port_text text = {pointer};

	return IS_BLANKZ_AT(text, 0);
}
#undef IS_BLANKZ_AT
#define IS_BLANKZ_AT(string, offset) yaml_port_is_blankz((string).pointer + (offset))

/**
 * yaml_port_extend() - STRING_EXTEND: make room for one more character
 * @parser: gets the error
 * @string: extended
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_extend(yaml_parser_t *parser, yaml_string_t *string)
{
	return STRING_EXTEND(parser, *string);
}
#undef STRING_EXTEND
#define STRING_EXTEND(context, string) yaml_port_extend(context, &(string))

/**
 * yaml_port_init() - STRING_INIT: allocate a string
 * @parser: gets the error
 * @string: initialised
 * @size: bytes
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_init(yaml_parser_t *parser, yaml_string_t *string, size_t size)
{
	return STRING_INIT(parser, *string, size);
}
#undef STRING_INIT
#define STRING_INIT(context, string, size) yaml_port_init(context, &(string), size)

/**
 * yaml_port_clear() - CLEAR: make a string empty
 * @string: cleared
 */
static inline void yaml_port_clear(yaml_string_t *string)
{
	CLEAR(NULL, *string);
}
#undef CLEAR
#define CLEAR(context, string) yaml_port_clear(&(string))

/**
 * yaml_port_join() - JOIN: append a string
 * @parser: gets the error
 * @a: what is extended
 * @b: emptied
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_join(yaml_parser_t *parser, yaml_string_t *a, yaml_string_t *b)
{
	return JOIN(parser, *a, *b);
}
#undef JOIN
#define JOIN(context, a, b) yaml_port_join(context, &(a), &(b))

/**
 * yaml_port_token() - TOKEN_INIT: begin a token
 * @token: cleared and set
 * @type: of the token
 * @start: where it begins
 * @end: where it ends
 */
static inline void yaml_port_token(yaml_token_t *token, yaml_token_type_t type,
				   const yaml_mark_t *start, const yaml_mark_t *end)
{
	TOKEN_INIT(*token, type, *start, *end);
}
#undef TOKEN_INIT
#define TOKEN_INIT(token, type, start, end) yaml_port_token(&(token), type, &(start), &(end))

/**
 * yaml_port_event() - EVENT_INIT: begin an event
 * @event: cleared and set; nothing reads where it ends
 * @type: of the event
 * @start: where it begins
 */
static inline void yaml_port_event(yaml_event_t *event, yaml_event_type_t type,
				   const yaml_mark_t *start)
{
	EVENT_INIT(*event, type, *start, *start);
}
#undef EVENT_INIT
#define EVENT_INIT(event, type, start, end) yaml_port_event(&(event), type, &(start))

/*
 * Errors without their context (configs/libyaml.sed). The declarations of the functions are replaced
 * as their calls are.
 */
#define yaml_parser_set_scanner_error(parser, context, context_mark, problem) \
	yaml_port_scanner_error(parser, problem)
#define yaml_parser_set_parser_error_context(parser, context, context_mark, problem, mark) \
	yaml_port_parser_error(parser, problem, mark)

#ifdef SKIP_TOKEN /* parser.c */

/**
 * yaml_port_push_state() - PUSH: remember a state of the parser
 * @parser: gets the error
 * @state: the state
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_push_state(yaml_parser_t *parser, yaml_parser_state_t state)
{
	return PUSH(parser, parser->states, state);
}

/**
 * yaml_port_peek() - PEEK_TOKEN: look at the next token
 * @parser: its queue is filled
 *
 * Return: the token, or NULL after an error of @parser.
 */
static inline yaml_token_t *yaml_port_peek(yaml_parser_t *parser)
{
	return PEEK_TOKEN(parser);
}
#undef PEEK_TOKEN
#define PEEK_TOKEN(parser) yaml_port_peek(parser)

/**
 * yaml_port_skip_token() - SKIP_TOKEN: remove the next token
 * @parser: its queue is not empty
 */
static inline void yaml_port_skip_token(yaml_parser_t *parser)
{
	SKIP_TOKEN(parser);
}
#undef SKIP_TOKEN
#define SKIP_TOKEN(parser) yaml_port_skip_token(parser)

#endif

#ifdef SKIP_LINE /* scanner.c */

/**
 * yaml_port_put() - append an octet
 * @string: has room for it
 * @octet: the octet
 */
__attribute__((noinline)) static void yaml_port_put(yaml_string_t *string, unsigned octet)
{
	*(string->pointer++) = octet;
}

/**
 * yaml_port_enqueue() - ENQUEUE: append a token to the queue
 * @parser: its queue is extended; gets the error
 * @token: the token
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_enqueue(yaml_parser_t *parser, const yaml_token_t *token)
{
	return ENQUEUE(parser, parser->tokens, *token);
}
#undef ENQUEUE
#define ENQUEUE(parser, queue, token) yaml_port_enqueue(parser, &(token))

/**
 * yaml_port_insert() - QUEUE_INSERT: insert a token into the queue
 * @parser: its queue is extended; gets the error
 * @index: tokens in front of it
 * @token: the token
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_insert(yaml_parser_t *parser, size_t index, const yaml_token_t *token)
{
	return QUEUE_INSERT(parser, parser->tokens, index, *token);
}
#undef QUEUE_INSERT
#define QUEUE_INSERT(parser, queue, index, token) yaml_port_insert(parser, index, &(token))

/* The buffer has the whole text. */
#undef CACHE
#define CACHE(parser, length) 1

/**
 * yaml_port_skip() - SKIP: leave out one character
 * @parser: its buffer has one
 */
static inline void yaml_port_skip(yaml_parser_t *parser)
{
	SKIP(parser);
}
#undef SKIP
#define SKIP(parser) yaml_port_skip(parser)

/**
 * yaml_port_skip_line() - SKIP_LINE: leave out one line break
 * @parser: its buffer has two characters
 */
static inline void yaml_port_skip_line(yaml_parser_t *parser)
{
	SKIP_LINE(parser);
}
#undef SKIP_LINE
#define SKIP_LINE(parser) yaml_port_skip_line(parser)

/**
 * yaml_port_read() - READ: copy one character
 * @parser: its buffer has one
 * @string: extended
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_read(yaml_parser_t *parser, yaml_string_t *string)
{
	return READ(parser, *string);
}
#undef READ
#define READ(parser, string) yaml_port_read(parser, &(string))

/**
 * yaml_port_read_line() - READ_LINE: copy one line break as the line feed that it means
 * @parser: its buffer has two characters
 * @string: extended
 *
 * Return: 1, or 0 without memory.
 */
static inline int yaml_port_read_line(yaml_parser_t *parser, yaml_string_t *string)
{
	return READ_LINE(parser, *string);
}
#undef READ_LINE
#define READ_LINE(parser, string) yaml_port_read_line(parser, &(string))

#endif

#endif
