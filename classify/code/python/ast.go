package python

// An op says what an expression or statement is.
type op uint8

const (
	unknownExpr op = iota
	nameExpr
	numberExpr
	stringExpr // text; flag: of bytes
	formatExpr // list: stringExpr and fieldExpr
	fieldExpr  // a, with text !r and b how it is written
	tupleExpr
	listExpr
	setExpr
	dictExpr // list: keys and values in turn; a nil key for **
	attrExpr // a.text
	callExpr // a(list)
	keyword  // text=a
	star     // *a
	starStar // **a
	indexExpr
	sliceExpr // list of three, nil where left out
	binaryExpr
	unaryExpr
	boolExpr    // a and b, a or b
	compareExpr // a text b
	ifExpr      // b if a else c
	lambdaExpr
	compExpr // text: ( [ { or : for a dict; a (and b) for every element of list
	forClause
	yieldExpr
	walrusExpr

	exprStmt
	assignStmt // list = a
	augStmt    // a text= b
	ifStmt
	forStmt
	whileStmt
	tryStmt
	withStmt // list: values and targets in turn
	defStmt
	classStmt
	returnStmt
	raiseStmt
	breakStmt
	continueStmt
	delStmt
	importStmt // list of keyword: text as a name
	fromStmt   // text: the module
	globalStmt // list of names
	matchStmt
	magicStmt
)

// An expr is an expression.
type expr struct {
	op      op
	flag    bool
	pos     uint32
	text    string
	a, b, c *expr
	list    []*expr
	fn      *function
}

// A stmt is a statement. Handlers and cases are statements of their own in more.
type stmt struct {
	op    op
	pos   uint32
	text  string
	a, b  *expr
	list  []*expr
	body  []*stmt
	other []*stmt // else
	last  []*stmt // finally
	more  []*stmt
	fn    *function
}

// A function is one that the code defines.
type function struct {
	name       string
	pos        uint32
	params     []param
	body       []*stmt
	value      *expr // of a lambda
	decorators []*expr
	yields     bool
	src        *source
}

type param struct {
	name string
	star int // of *args and **kwargs
	init *expr
}
